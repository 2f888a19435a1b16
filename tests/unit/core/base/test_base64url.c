#include "core/base/base64url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void encodes_without_padding(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        const char *text;
    } cases[] = {
        {"", ""},        {"f", "Zg"},        {"fo", "Zm8"},
        {"foo", "Zm9v"}, {"foob", "Zm9vYg"}, {"\xff\xfe\xfb", "__77"},
        {"\xf8", "-A"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct strbuf out;
        strbuf_init(&out, 100);
        base64url_add(&out, cases[i].bytes, strlen(cases[i].bytes));
        assert_string_equal(out.text, cases[i].text);
        strbuf_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodes_without_padding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
