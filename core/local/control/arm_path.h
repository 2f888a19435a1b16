/*
 * Paths and queries of ARM requests: split, percent-decoded, matched without regard to case.
 */
#ifndef CORE_LOCAL_CONTROL_ARM_PATH_H
#define CORE_LOCAL_CONTROL_ARM_PATH_H

#include <stdbool.h>
#include <stddef.h>

enum {
    ARM_PATH_MAX_SEGMENTS = 32,
    ARM_PATH_MAX_CAPTURES = 8,
};

struct arm_path {
    char *text; /* owned: the segments, decoded, each ended by a NUL */
    const char *segments[ARM_PATH_MAX_SEGMENTS];
    size_t count;
};

/*
 * Splits "/a/b%20c". One slash at the end is let pass. False for what is no path of ours: too many
 * segments, an empty one, a bad escape, an encoded NUL or slash, bytes beyond ASCII.
 * Released in either case with arm_path_release().
 */
bool arm_path_parse(struct arm_path *path, const char *text);
void arm_path_release(struct arm_path *path);

/*
 * True when the path has the segments of `pattern`, where "{}" stands for any one segment: those
 * are stored in `captures` in order (pointers into the path).
 */
bool arm_path_match(const struct arm_path *path, const char *pattern,
                    const char *captures[ARM_PATH_MAX_CAPTURES]);

/*
 * The decoded value of a query parameter (name compared without case), owned by the caller; NULL
 * when it is missing. '+' is a blank, as clients encode forms.
 */
char *arm_query_get(const char *query, const char *name);

/* The query without the parameters named, still encoded; owned by the caller. */
char *arm_query_without(const char *query, const char *const *names, size_t count);

/* Lower-case copy (ASCII); owned by the caller. */
char *arm_lower(const char *text);

/* Percent-decodes a "file:///abs%20path" URI to "/abs path"; NULL when it is none. Owned. */
char *arm_file_uri_path(const char *uri);

#endif
