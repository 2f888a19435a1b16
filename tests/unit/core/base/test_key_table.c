#include "core/base/key_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

enum { MANY = 2000 };

static char keys[MANY][16];

static void finds_what_was_set_and_not_what_was_removed(void **state)
{
    (void)state;
    struct key_table table;
    key_table_init(&table);
    assert_null(key_table_get(&table, "x"));
    assert_null(key_table_remove(&table, "x"));
    for (int i = 0; i < MANY; i++) {
        snprintf(keys[i], sizeof keys[i], "key%d", i);
        key_table_set(&table, keys[i], keys[i]);
    }
    assert_int_equal(table.count, MANY);
    for (int i = 0; i < MANY; i += 3)
        assert_ptr_equal(key_table_remove(&table, keys[i]), keys[i]);
    for (int i = 0; i < MANY; i++) {
        if (i % 3 == 0)
            assert_null(key_table_get(&table, keys[i]));
        else
            assert_ptr_equal(key_table_get(&table, keys[i]), keys[i]);
    }
    key_table_release(&table);
}

static void replaces_and_visits_each_once(void **state)
{
    (void)state;
    struct key_table table;
    key_table_init(&table);
    int a = 1;
    int b = 2;
    key_table_set(&table, "one", &a);
    key_table_set(&table, "one", &b);
    key_table_set(&table, "two", &b);
    assert_ptr_equal(key_table_get(&table, "one"), &b);
    size_t at = 0;
    int seen = 0;
    while (key_table_next(&table, &at))
        seen++;
    assert_int_equal(seen, 2);
    key_table_release(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_was_set_and_not_what_was_removed),
        cmocka_unit_test(replaces_and_visits_each_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
