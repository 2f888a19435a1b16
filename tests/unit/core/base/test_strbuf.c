#include "core/base/strbuf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void grows_and_stays_terminated(void **state)
{
    (void)state;
    struct strbuf buf;
    strbuf_init(&buf, 1 << 20);
    assert_string_equal(buf.text, "");
    for (int i = 0; i < 1000; i++)
        strbuf_printf(&buf, "%d,", i);
    strbuf_putc(&buf, '!');
    assert_int_equal(buf.len, strlen(buf.text));
    assert_string_equal(buf.text + buf.len - 5, "999,!");
    assert_false(buf.overflowed);
    strbuf_release(&buf);
}

static void stops_at_its_limit(void **state)
{
    (void)state;
    struct strbuf buf;
    strbuf_init(&buf, 5);
    strbuf_puts(&buf, "abc");
    assert_false(buf.overflowed);
    strbuf_puts(&buf, "defg");
    assert_true(buf.overflowed);
    assert_string_equal(buf.text, "abcde");
    strbuf_putc(&buf, 'x');
    strbuf_printf(&buf, "%s", "y");
    assert_string_equal(buf.text, "abcde");
    strbuf_clear(&buf);
    assert_false(buf.overflowed);
    strbuf_puts(&buf, "12345");
    assert_false(buf.overflowed);
    assert_string_equal(buf.text, "12345");
    strbuf_release(&buf);
}

static void takes_an_unlimited_limit(void **state)
{
    (void)state;
    struct strbuf buf;
    strbuf_init(&buf, SIZE_MAX / 2);
    strbuf_add(&buf, "a\0b", 3);
    assert_int_equal(buf.len, 3);
    assert_memory_equal(buf.text, "a\0b", 4);
    strbuf_release(&buf);
}

static void prints_more_than_its_scratch(void **state)
{
    (void)state;
    char wide[3000];
    memset(wide, 'w', sizeof wide - 1);
    wide[sizeof wide - 1] = '\0';
    struct strbuf buf;
    strbuf_init(&buf, 10000);
    strbuf_printf(&buf, "<%s>", wide);
    assert_int_equal(buf.len, sizeof wide + 1);
    assert_int_equal(buf.text[buf.len - 1], '>');
    strbuf_release(&buf);
}

static void hands_its_text_over(void **state)
{
    (void)state;
    struct strbuf buf;
    strbuf_init(&buf, 100);
    strbuf_puts(&buf, "mine");
    char *text = strbuf_detach(&buf);
    assert_string_equal(text, "mine");
    free(text); /* all there is to free */
    strbuf_release(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_and_stays_terminated),
        cmocka_unit_test(stops_at_its_limit),
        cmocka_unit_test(takes_an_unlimited_limit),
        cmocka_unit_test(prints_more_than_its_scratch),
        cmocka_unit_test(hands_its_text_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
