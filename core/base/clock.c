#include "core/base/clock.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* 30,000 years: within what a double holds exactly. */
static const double LONGEST_DURATION_MS = 1e15;

int64_t clock_monotonic_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_monotonic_ms(void)
{
    return clock_monotonic_us() / 1000;
}

int64_t clock_wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void split_utc(int64_t wall_ms, struct tm *out, int *millis)
{
    int64_t seconds = wall_ms / 1000;
    *millis = (int)(wall_ms % 1000);
    if (*millis < 0) {
        *millis += 1000;
        seconds--;
    }
    time_t when = (time_t)seconds;
    gmtime_r(&when, out);
}

void clock_format_arm(char out[CLOCK_ISO_SIZE], int64_t wall_ms)
{
    struct tm tm;
    int millis;
    char date[24];
    split_utc(wall_ms, &tm, &millis);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out, CLOCK_ISO_SIZE, "%s.%03d0000+00:00", date, millis);
}

void clock_format_utc(char out[CLOCK_ISO_SIZE], int64_t wall_ms)
{
    struct tm tm;
    int millis;
    split_utc(wall_ms, &tm, &millis);
    strftime(out, CLOCK_ISO_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* strftime() would ask the locale. */
void clock_format_http(char out[CLOCK_ISO_SIZE], int64_t wall_ms)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    struct tm tm;
    int millis;
    char year_and_time[24];
    split_utc(wall_ms, &tm, &millis);
    strftime(year_and_time, sizeof year_and_time, "%Y %H:%M:%S", &tm);
    snprintf(out, CLOCK_ISO_SIZE, "%s, %02d %s %s GMT", days[tm.tm_wday], tm.tm_mday,
             months[tm.tm_mon], year_and_time);
}

void clock_format_hms(char out[CLOCK_ISO_SIZE], int64_t wall_ms)
{
    struct tm tm;
    time_t when = (time_t)(wall_ms / 1000);
    localtime_r(&when, &tm);
    strftime(out, CLOCK_ISO_SIZE, "%H:%M:%S", &tm);
}

/* Reads exactly `digits` decimal digits. */
static bool fixed_number(const char **at, int digits, int *out)
{
    int value = 0;
    for (int i = 0; i < digits; i++) {
        if (!isdigit((unsigned char)(*at)[i]))
            return false;
        value = value * 10 + ((*at)[i] - '0');
    }
    *at += digits;
    *out = value;
    return true;
}

static bool accept(const char **at, char wanted)
{
    if (**at != wanted)
        return false;
    (*at)++;
    return true;
}

/* ".1234567" as milliseconds; nothing there is 0. */
static int fraction_ms(const char **at)
{
    int millis = 0;
    int scale = 100;
    if (!accept(at, '.'))
        return 0;
    for (; isdigit((unsigned char)**at); (*at)++) {
        millis += (**at - '0') * scale;
        scale /= 10;
    }
    return millis;
}

bool clock_parse_iso(const char *text, int64_t *out_wall_ms)
{
    struct tm tm;
    memset(&tm, 0, sizeof tm);
    const char *at = text;
    if (!fixed_number(&at, 4, &tm.tm_year) || !accept(&at, '-') ||
        !fixed_number(&at, 2, &tm.tm_mon) || !accept(&at, '-') ||
        !fixed_number(&at, 2, &tm.tm_mday) || !(accept(&at, 'T') || accept(&at, ' ')) ||
        !fixed_number(&at, 2, &tm.tm_hour) || !accept(&at, ':') ||
        !fixed_number(&at, 2, &tm.tm_min) || !accept(&at, ':') || !fixed_number(&at, 2, &tm.tm_sec))
        return false;
    int millis = fraction_ms(&at);
    int offset_minutes = 0;
    if (*at == '+' || *at == '-') {
        int sign = *at++ == '-' ? -1 : 1;
        int hours;
        int minutes;
        if (!fixed_number(&at, 2, &hours))
            return false;
        accept(&at, ':');
        if (!fixed_number(&at, 2, &minutes))
            return false;
        offset_minutes = sign * (hours * 60 + minutes);
    } else if (!accept(&at, 'Z')) {
        return false;
    }
    if (*at || tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31 ||
        tm.tm_hour > 24 || tm.tm_min > 59 || tm.tm_sec > 60)
        return false;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    time_t seconds = timegm(&tm);
    *out_wall_ms = ((int64_t)seconds - (int64_t)offset_minutes * 60) * 1000 + millis;
    return true;
}

static bool accept_month(const char **at, int *out)
{
    for (int i = 0; i < 12; i++) {
        if (strncmp(*at, months[i], 3) != 0)
            continue;
        *at += 3;
        *out = i;
        return true;
    }
    return false;
}

bool clock_parse_http(const char *text, int64_t *out_wall_ms)
{
    struct tm tm = {0};
    const char *at = strstr(text, ", ");
    if (!at)
        return false;
    at += 2;
    if (!fixed_number(&at, 2, &tm.tm_mday) || !accept(&at, ' ') || !accept_month(&at, &tm.tm_mon) ||
        !accept(&at, ' ') || !fixed_number(&at, 4, &tm.tm_year) || !accept(&at, ' ') ||
        !fixed_number(&at, 2, &tm.tm_hour) || !accept(&at, ':') ||
        !fixed_number(&at, 2, &tm.tm_min) || !accept(&at, ':') ||
        !fixed_number(&at, 2, &tm.tm_sec) || strcmp(at, " GMT") != 0)
        return false;
    tm.tm_year -= 1900;
    *out_wall_ms = (int64_t)timegm(&tm) * 1000;
    return true;
}

/* "12" or "0.5"; false when no digit comes first. */
static bool decimal(const char **at, double *out)
{
    double value = 0;
    double scale = 1;
    if (!isdigit((unsigned char)**at))
        return false;
    for (; isdigit((unsigned char)**at); (*at)++)
        value = value * 10 + (**at - '0');
    if (accept(at, '.'))
        for (; isdigit((unsigned char)**at); (*at)++)
            value += (**at - '0') * (scale /= 10);
    *out = value;
    return true;
}

/* Milliseconds of a unit's letter, before or behind the T; 0 for none that has a length. */
static double unit_ms(char letter, bool in_time)
{
    static const struct {
        char letter;
        bool in_time;
        double ms;
    } units[] = {
        {'W', false, 7 * 86400e3}, {'D', false, 86400e3}, {'H', true, 3600e3},
        {'M', true, 60e3},         {'S', true, 1e3},
    };
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (units[i].letter == letter && units[i].in_time == in_time)
            return units[i].ms;
    return 0;
}

bool clock_parse_duration(const char *text, int64_t *out_ms)
{
    const char *at = text;
    bool in_time = false;
    bool any = false;
    double total_ms = 0;
    if (!accept(&at, 'P'))
        return false;
    while (*at) {
        double value = 0;
        if (!in_time && accept(&at, 'T')) {
            in_time = true;
            continue;
        }
        double unit = decimal(&at, &value) ? unit_ms(*at, in_time) : 0;
        if (unit == 0)
            return false;
        at++;
        any = true;
        total_ms += value * unit;
        if (total_ms > LONGEST_DURATION_MS)
            return false;
    }
    if (!any)
        return false;
    *out_ms = (int64_t)(total_ms + 0.5);
    return true;
}

void clock_format_duration(char out[CLOCK_ISO_SIZE], int64_t ms)
{
    if (ms <= 0) {
        snprintf(out, CLOCK_ISO_SIZE, "PT0S");
        return;
    }
    int64_t days = ms / 86400000;
    int64_t hours = ms / 3600000 % 24;
    int64_t minutes = ms / 60000 % 60;
    int64_t seconds = ms / 1000 % 60;
    int64_t millis = ms % 1000;
    char *at = out;
    char *end = out + CLOCK_ISO_SIZE;
    at += snprintf(at, (size_t)(end - at), "P");
    if (days)
        at += snprintf(at, (size_t)(end - at), "%" PRId64 "D", days);
    if (hours || minutes || seconds || millis)
        at += snprintf(at, (size_t)(end - at), "T");
    if (hours)
        at += snprintf(at, (size_t)(end - at), "%" PRId64 "H", hours);
    if (minutes)
        at += snprintf(at, (size_t)(end - at), "%" PRId64 "M", minutes);
    if (millis) {
        char fraction[8];
        snprintf(fraction, sizeof fraction, "%03d", (int)millis);
        for (size_t len = 3; len && fraction[len - 1] == '0'; len--)
            fraction[len - 1] = '\0';
        snprintf(at, (size_t)(end - at), "%" PRId64 ".%sS", seconds, fraction);
    } else if (seconds) {
        snprintf(at, (size_t)(end - at), "%" PRId64 "S", seconds);
    }
}
