/* JSON text: what parses prints and parses back to the same; as an ARM answer it is readable. */
#include "core/base/json.h"
#include "core/wire/arm_error.h"
#include "core/wire/endpoint.h"
#include "core/wire/metrics.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static void print_and_parse(const struct json *value)
{
    char *text = json_print(value);
    char *pretty = json_print_pretty(value);
    struct json *again = json_parse(text, strlen(text), NULL);
    struct json *pretty_again = json_parse(pretty, strlen(pretty), NULL);
    FUZZ_REQUIRE(again && pretty_again);
    char *second = json_print(again);
    FUZZ_REQUIRE(strcmp(text, second) == 0);
    free(second);
    free(text);
    free(pretty);
    json_free(again);
    json_free(pretty_again);
}

static void read_as_answers(const struct json *value)
{
    struct endpoint endpoint;
    if (wire_endpoint_decode(value, &endpoint)) {
        struct json *body = wire_endpoint_put_body(value);
        json_free(body);
    }
    endpoint_release(&endpoint);
    struct deployment deployment;
    if (wire_deployment_decode(value, &deployment)) {
        struct json *body = wire_deployment_put_body(value);
        json_free(body);
    }
    deployment_release(&deployment);
    struct metrics metrics = {0};
    struct error error;
    metrics_decode(value, &metrics, &error);
    metrics_release(&metrics);
    arm_error_from_object(value, 400, NULL, &error);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct error error;
    arm_error_decode(500, (const char *)bytes, len, "id", &error);
    struct json *value = json_parse((const char *)bytes, len, &error);
    if (!value)
        return 0;
    print_and_parse(value);
    read_as_answers(value);
    json_free(value);
    return 0;
}
