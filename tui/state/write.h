/* One change of the service that the operator asked for: reviewed first, then sent. */
#ifndef TUI_STATE_WRITE_H
#define TUI_STATE_WRITE_H

#include "core/model/name.h"
#include "core/model/traffic.h"

#include <stdbool.h>
#include <stdint.h>

enum write_kind {
    WRITE_TRAFFIC,
    WRITE_SCALE,
    WRITE_CREATE, /* a deployment from a YAML file */
    WRITE_DELETE_DEPLOYMENT,
    WRITE_DELETE_ENDPOINT,
};

enum { WRITE_PATH_SIZE = 1024 };

struct write {
    enum write_kind kind;
    uint64_t id; /* never reused in a session */
    char endpoint[NAME_SIZE];
    char deployment[NAME_SIZE];
    struct traffic_split expected; /* WRITE_TRAFFIC: what the operator saw */
    struct traffic_split wanted;
    bool abort; /* WRITE_TRAFFIC: back to the last good split */
    int instances_before;
    int instances;
    char path[WRITE_PATH_SIZE]; /* WRITE_CREATE */
};

struct write *write_copy(const struct write *write);

/* "PUT" or "DELETE". */
const char *write_method(const struct write *write);

/*
 * What it changes, in `out`, cut to its size: "my-endpoint live blue 100→90 green 0→10",
 * "my-endpoint/green delete".
 */
void write_describe(const struct write *write, char *out, size_t size);

/* The same for a change of the split that somebody made. */
void write_describe_change(const char *endpoint, const struct traffic_split *before,
                           const struct traffic_split *after, char *out, size_t size);

/* "blue=90 green=10", and behind it "mirror green=5" where there is a mirror. */
void write_describe_split(const struct traffic_split *split, char *out, size_t size);

#endif
