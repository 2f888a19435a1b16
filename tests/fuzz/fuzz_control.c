/*
 * Requests to the engine's control plane. Each line of the input is "METHOD PATH?QUERY", with
 * "BODY" behind a blank; {W} stands for a workspace. Effects are carried out at once, so that
 * operations end; every answer is JSON or empty, whatever was asked.
 */
#include "core/base/json.h"
#include "core/local/control/control.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char workspace[] = "/subscriptions/s/resourceGroups/g/providers/"
                                "Microsoft.MachineLearningServices/workspaces/w";

enum { MAX_LINE = 8192, MAX_EFFECTS = 1000 };

static void carry_out(struct control *control, int64_t wall_ms, unsigned *chance)
{
    struct control_effect effect;
    for (int i = 0; i < MAX_EFFECTS && control_next_effect(control, &effect); i++) {
        char key[CONTROL_KEY_SIZE];
        *chance = *chance * 1103515245u + 12345u;
        if (effect.kind == EFFECT_RUN) {
            snprintf(key, sizeof key, "%s", effect.run.key);
            if (*chance >> 28)
                control_deployment_ready(control, wall_ms, key, effect.run.generation);
            else
                control_deployment_failed(control, wall_ms, key, effect.run.generation, "Broken",
                                          "it did not start");
        } else if (effect.kind == EFFECT_STOP) {
            snprintf(key, sizeof key, "%s", effect.key);
            control_deployment_stopped(control, wall_ms, key, effect.generation);
        } else if (effect.kind == EFFECT_ROUTES) {
            int sum = traffic_sum(&effect.routes.split.live);
            FUZZ_REQUIRE(sum == 0 || sum == 100);
        }
    }
}

static void ask(struct control *control, int64_t wall_ms, char *line)
{
    char path[MAX_LINE + sizeof workspace];
    char *target = strchr(line, ' ');
    if (!target)
        return;
    *target++ = '\0';
    char *body = strchr(target, ' ');
    if (body)
        *body++ = '\0';
    char *query = strchr(target, '?');
    if (query)
        *query++ = '\0';
    bool inside = strncmp(target, "{W}", 3) == 0;
    snprintf(path, sizeof path, "%s%s", inside ? workspace : "", inside ? target + 3 : target);
    struct control_request request = {.method = line,
                                      .path = path,
                                      .query = query ? query : "api-version=2025-12-01",
                                      .authorization = "Bearer token",
                                      .body = body ? body : "",
                                      .body_len = body ? strlen(body) : 0};
    struct control_response response;
    control_response_init(&response);
    control_handle(control, wall_ms, &request, &response);
    FUZZ_REQUIRE(response.status >= 200 && response.status < 600);
    if (response.body.len) {
        struct json *value = json_parse(response.body.text, response.body.len, NULL);
        FUZZ_REQUIRE(value);
        json_free(value);
    }
    for (const char *at = response.headers.text; *at; at++)
        FUZZ_REQUIRE((unsigned char)*at >= 0x20 || *at == '\r' || *at == '\n');
    control_response_release(&response);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct control_options options = {.base_url = "http://127.0.0.1:1", .token = "token"};
    int64_t wall_ms = 1800000000000;
    struct control *control = control_open(&options, wall_ms, NULL);
    unsigned chance = 1;
    FUZZ_REQUIRE(control);
    for (size_t at = 0; at < len;) {
        char line[MAX_LINE];
        const uint8_t *end = memchr(bytes + at, '\n', len - at);
        size_t line_len = (end ? (size_t)(end - bytes) : len) - at;
        if (line_len < sizeof line) {
            memcpy(line, bytes + at, line_len);
            line[line_len] = '\0';
            ask(control, wall_ms, line);
            carry_out(control, wall_ms, &chance);
            control_tick(control, wall_ms);
        }
        at += line_len + 1;
        wall_ms += 1000;
    }
    control_close(control);
    return 0;
}
