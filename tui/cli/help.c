#include "tui/cli/help.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_COLUMN = 34, TEXT_WIDTH = 66 };

uint64_t help_options_of(const struct command *command)
{
    uint64_t taken = command->options | OPTION_BIT(OPTION_OUTPUT) | OPTION_BIT(OPTION_QUERY) |
                     OPTION_BIT(OPTION_VERBOSE) | OPTION_BIT(OPTION_ONLY_ERRORS) |
                     OPTION_BIT(OPTION_HELP);
    if (command->flags & COMMAND_SERVICE)
        taken |= OPTION_BIT(OPTION_GROUP) | OPTION_BIT(OPTION_WORKSPACE) |
                 OPTION_BIT(OPTION_SUBSCRIPTION) | OPTION_BIT(OPTION_CONTEXT) |
                 OPTION_BIT(OPTION_LOCAL);
    if (command->flags & COMMAND_WRITES)
        taken |= OPTION_BIT(OPTION_DRY_RUN);
    return taken;
}

/* Writes text in lines of TEXT_WIDTH, the further ones indented. */
static void print_wrapped(const char *text)
{
    while (strlen(text) > TEXT_WIDTH) {
        int cut = TEXT_WIDTH;
        while (cut > 0 && text[cut] != ' ')
            cut--;
        if (!cut)
            break;
        printf("%.*s\n%*s", cut, text, TEXT_COLUMN, "");
        text += cut + 1;
    }
    printf("%s\n", text);
}

static void print_option(const struct option_row *row, bool required)
{
    char names[120] = "  ";
    for (size_t i = 0; i < OPTION_MAX_NAMES && row->names[i]; i++) {
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", i ? " " : "", row->names[i]);
    }
    if (row->argument) {
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, " %s", row->argument);
    }
    if (strlen(names) + 2 > TEXT_COLUMN)
        printf("%s\n%*s", names, TEXT_COLUMN, "");
    else
        printf("%-*s", TEXT_COLUMN, names);
    char text[400];
    snprintf(text, sizeof text, "%s%s", required ? "[Required] " : "", row->help);
    print_wrapped(text);
}

static void print_command_line(const struct command *command)
{
    char name[60];
    snprintf(name, sizeof name, "  %s%s%s", command->group ? command->group : "",
             command->group ? " " : "", command->verb);
    printf("%-*s%s\n", TEXT_COLUMN, name, command->summary);
}

void help_program(void)
{
    printf("cutover %s: blue-green cutovers of Azure ML online endpoints\n\n"
           "  cutover                         Opens the console.\n"
           "  cutover COMMAND [OPTIONS]       Runs one command; -h after it shows its options.\n\n"
           "The commands of `az ml`:\n",
           CUTOVER_VERSION);
    for (size_t i = 0; i < command_count; i++) {
        if (i && commands[i - 1].group && strncmp(commands[i - 1].group, "online-", 7) == 0 &&
            !(commands[i].group && strncmp(commands[i].group, "online-", 7) == 0))
            printf("\nMore:\n");
        print_command_line(&commands[i]);
    }
    printf("\nExit status: 0 done, 1 error, 2 usage, 3 not found, 4 refused by a rule before\n"
           "anything was sent, 5 conflict, 6 failed the verdict, 7 inconclusive, 130 interrupted.\n"
           "Environment: CUTOVER_CONTEXT, CUTOVER_SUBSCRIPTION, CUTOVER_GROUP,\n"
           "CUTOVER_WORKSPACE, CUTOVER_TOKEN (the bearer token of Azure contexts), NO_COLOR.\n");
}

void help_group(const char *group)
{
    printf("cutover %s: commands\n\n", group);
    for (size_t i = 0; i < command_count; i++)
        if (commands[i].group && strcmp(commands[i].group, group) == 0)
            print_command_line(&commands[i]);
}

void help_command(const struct command *command)
{
    char name[60];
    snprintf(name, sizeof name, "cutover %s%s%s", command->group ? command->group : "",
             command->group ? " " : "", command->verb);
    printf("%s: %s\n\nUsage: %s%s%s [OPTIONS]\n\nOptions:\n", name, command->summary, name,
           command->words ? " " : "", command->words ? command->words : "");
    uint64_t taken = help_options_of(command);
    for (size_t i = 0; i < OPTION_IDS; i++)
        if (taken & OPTION_BIT(i))
            print_option(&option_rows[i], command->required & OPTION_BIT(i));
    printf("\nExamples:\n");
    const char *line = command->examples;
    while (line && *line) {
        size_t len = strcspn(line, "\n");
        printf("  cutover %.*s\n", (int)len, line);
        line += len + (line[len] == '\n');
    }
}
