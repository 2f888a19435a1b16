/* Time. Monotonic for durations and deadlines, wall clock for what people and peers read. */
#ifndef CORE_BASE_CLOCK_H
#define CORE_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t clock_monotonic_ms(void);

/* Microseconds of CLOCK_MONOTONIC. */
int64_t clock_monotonic_us(void);

/* Milliseconds since 1970-01-01 UTC. */
int64_t clock_wall_ms(void);

enum { CLOCK_ISO_SIZE = 40 };

/* "2026-11-22T19:26:29.5286609+00:00": seven decimals, as ARM writes them. */
void clock_format_arm(char out[CLOCK_ISO_SIZE], int64_t wall_ms);

/* "2026-11-22T19:26:29Z". */
void clock_format_utc(char out[CLOCK_ISO_SIZE], int64_t wall_ms);

/* "Sun, 22 Nov 2026 19:26:29 GMT", as HTTP headers have it. */
void clock_format_http(char out[CLOCK_ISO_SIZE], int64_t wall_ms);

/* "19:26:29" in local time. */
void clock_format_hms(char out[CLOCK_ISO_SIZE], int64_t wall_ms);

/* Reads an ISO 8601 time with Z or a numeric offset and any number of decimals. */
bool clock_parse_iso(const char *text, int64_t *out_wall_ms);

/* Reads the form that clock_format_http() writes, the one that may be sent; false for others. */
bool clock_parse_http(const char *text, int64_t *out_wall_ms);

/*
 * ISO 8601 durations as Azure ML writes them (PT0.5S, PT1M30S, P1DT2H). Milliseconds; what is
 * finer is rounded. Calendar parts (years, months) are refused: they have no length.
 */
bool clock_parse_duration(const char *text, int64_t *out_ms);

/* The same backwards, as isodate prints it: 500 -> PT0.5S, 90000 -> PT1M30S, 0 -> PT0S. */
void clock_format_duration(char out[CLOCK_ISO_SIZE], int64_t ms);

#endif
