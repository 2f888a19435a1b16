/*
 * Files near here, for the pickers: the current folder and the samples, breadth first and bounded,
 * so that a big tree costs milliseconds and no more.
 */
#include "core/base/alloc.h"
#include "core/base/file.h"
#include "core/base/printable.h"
#include "tui/app/app.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FOUND = 300, MAX_ENTRIES = 5000, MAX_FOLDERS = 400, MAX_DEPTH = 6 };

struct search {
    const char *suffixes;
    char *found[MAX_FOUND];
    size_t found_count;
    struct {
        char *path;
        int depth;
    } folders[MAX_FOLDERS];
    size_t folder_count;
    size_t entries;
};

static bool has_suffix(const char *name, const char *suffixes)
{
    const char *dot = strrchr(name, '.');
    if (!dot || dot == name)
        return false;
    size_t len = strlen(dot + 1);
    for (const char *at = suffixes; *at; at += strspn(at, " ")) {
        size_t word = strcspn(at, " ");
        if (word == len && strncmp(at, dot + 1, len) == 0)
            return true;
        at += word;
    }
    return false;
}

static void add_folder(struct search *search, char *path, int depth)
{
    if (search->folder_count == MAX_FOLDERS || depth > MAX_DEPTH) {
        free(path);
        return;
    }
    search->folders[search->folder_count].path = path;
    search->folders[search->folder_count++].depth = depth;
}

/* Links are not followed: a picker must not walk in circles. */
static void look_into(struct search *search, const char *folder, int depth)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return;
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        if (entry->d_name[0] == '.' || ++search->entries > MAX_ENTRIES)
            continue;
        char *path =
            strcmp(folder, ".") == 0 ? str_dup(entry->d_name) : file_join(folder, entry->d_name);
        if (entry->d_type == DT_DIR) {
            add_folder(search, path, depth + 1);
        } else if (entry->d_type == DT_REG && search->found_count < MAX_FOUND &&
                   has_suffix(entry->d_name, search->suffixes)) {
            search->found[search->found_count++] = path;
        } else {
            free(path);
        }
    }
    closedir(dir);
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* What the article calls its files comes first. */
static int rank(const char *path)
{
    static const char *const first[] = {"sample-request", "deployment"};
    const char *name = last_part(path);
    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++)
        if (strstr(name, first[i]))
            return 0;
    return 1;
}

/* Then plain names before those with something put in front. */
static int compare(const void *a, const void *b)
{
    const char *left = *(char *const *)a;
    const char *right = *(char *const *)b;
    int by_rank = rank(left) - rank(right);
    size_t left_len = strlen(last_part(left));
    size_t right_len = strlen(last_part(right));
    if (by_rank)
        return by_rank;
    return left_len != right_len ? (left_len < right_len ? -1 : 1) : strcmp(left, right);
}

void files_find(struct app *app, const char *suffixes)
{
    struct search *search = mem_alloc(sizeof *search);
    search->suffixes = suffixes;
    add_folder(search, str_dup("."), 0);
    add_folder(search,
               app->options->samples ? str_dup(app->options->samples) : engine_samples_folder(), 0);
    for (size_t i = 0; i < search->folder_count; i++) {
        look_into(search, search->folders[i].path, search->folders[i].depth);
        free(search->folders[i].path);
    }
    if (search->found_count)
        qsort(search->found, search->found_count, sizeof search->found[0], compare);
    struct message message = {.kind = MESSAGE_FILES, .count = search->found_count};
    message.names = mem_alloc_array(search->found_count + 1, sizeof *message.names);
    memcpy(message.names, search->found, search->found_count * sizeof *message.names);
    free(search);
    app_deliver(app, &message);
}
