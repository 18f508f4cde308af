// SPDX-License-Identifier: Apache-2.0
#ifndef TAFFRAIL_CLIBGIT2_H
#define TAFFRAIL_CLIBGIT2_H

#include <git2.h>
#include <git2/odb_backend.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/transport.h>

// `git_libgit2_opts` is variadic, which Swift does not import: one typed function for each option that is used.

static inline int taffrail_git_set_search_path(git_config_level_t level, const char *path) {
    return git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, (int)level, path);
}

static inline int taffrail_git_enable_strict_hash_verification(int enabled) {
    return git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, enabled);
}

static inline int taffrail_git_enable_fsync(int enabled) {
    return git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, enabled);
}

static inline int taffrail_git_set_open_packs(size_t count) {
    return git_libgit2_opts(GIT_OPT_SET_MWINDOW_FILE_LIMIT, count);
}

// libgit2 hands back the pointer to its own part of these; being first, it is also the pointer to the whole.

typedef struct {
    git_smart_subtransport base;
    void *context;
} taffrail_git_subtransport;

typedef struct {
    git_smart_subtransport_stream base;
    void *context;
} taffrail_git_stream;

typedef struct {
    git_odb_backend base;
    void *context;
} taffrail_git_backend;

typedef struct {
    git_odb_writepack base;
    void *context;
} taffrail_git_writepack;

#endif
