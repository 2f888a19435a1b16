/*
 * The folder below /tmp in which an engine without --state keeps logs, copies and links.
 *
 * Whoever made it holds a lock on a file in it for as long as it lives. A folder of ours that no
 * one holds belonged to an engine that was killed, and the next one removes it.
 */
#ifndef CORE_LOCAL_WORK_WORK_FOLDER_H
#define CORE_LOCAL_WORK_WORK_FOLDER_H

#include "core/base/error.h"

/*
 * Makes a folder "PARENT/cutover-engine-XXXXXX" and locks it; *out_lock is a descriptor to be kept
 * open as long as the folder is in use, and closed after it was removed. Owned; NULL: `error`.
 */
char *work_folder_make(const char *parent, int *out_lock, struct error *error);

/*
 * Removes such folders below `parent` that are this user's and have a lock file that nobody holds.
 * Those without one are left alone.
 */
void work_folder_sweep(const char *parent);

#endif
