/* YAML text of a deployment or endpoint file, up to the ARM body that it becomes. */
#include "core/base/yaml.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

static void check_tree(const struct yaml_node *node, int depth)
{
    FUZZ_REQUIRE(depth <= YAML_MAX_DEPTH);
    FUZZ_REQUIRE(node->line >= 1 && node->column >= 1);
    FUZZ_REQUIRE((node->kind == YAML_SCALAR) == (node->scalar != NULL));
    for (const struct yaml_node *child = node->first; child; child = child->next) {
        FUZZ_REQUIRE((node->kind == YAML_MAPPING) == (child->key != NULL));
        FUZZ_REQUIRE(!child->key || yaml_get(node, child->key) == child);
        check_tree(child, depth + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct error error = {0};
    struct yaml_node *root = yaml_parse("fuzz.yml", (const char *)bytes, len, &error);
    if (!root) {
        FUZZ_REQUIRE(error.message[0]);
        return 0;
    }
    check_tree(root, 0);
    struct json *value = yaml_to_json(root);
    char *text = json_print(value);
    free(text);
    json_free(value);
    yaml_free(root);
    return 0;
}
