/*
 * The files of the data directory that every process of every user in its
 * group opens, and the write lock, one of them. All writers of all processes
 * queue here before BEGIN IMMEDIATE: flock(2) wakes them one after the other,
 * where SQLite's own busy handler would have them poll.
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store/portal_private.h"

#define SHARED_MODE 0660
#define SLICE_MS 100
#define HURRY_MS 1000


ep_rc_t
ep_portal_path(const ep_config_t *cfg, const char *name, char out[PATH_MAX],
               ep_err_t *err)
{
    const char *base = ep_config_base_dir(cfg);

    if (snprintf(out, PATH_MAX, "%s/%s", base, name) >= PATH_MAX) {
        return ep_err_set(err, EP_EINVAL, "path-too-long",
                          "path is too long: %s", base);
    }
    return EP_OK;
}


ep_rc_t
ep_shared_make(const char *path, ep_err_t *err)
{
    EP_CLEANUP(ep_closep)
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, SHARED_MODE);

    if (fd < 0 && errno == EEXIST) {
        return EP_OK;
    }
    /* The umask must not take the group's rights. */
    if (fd < 0 || fchmod(fd, SHARED_MODE) != 0) {
        return ep_err_errno(err, "file-create", "cannot create %s", path);
    }
    return EP_OK;
}


ep_rc_t
ep_lock_open(const ep_config_t *cfg, int *out, ep_err_t *err)
{
    char path[PATH_MAX];
    ep_rc_t rc = ep_portal_path(cfg, "write.lock", path, err);
    int fd;

    if (rc == EP_OK) {
        rc = ep_shared_make(path, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return ep_err_errno(err, "write-lock", "cannot open %s", path);
    }
    *out = fd;
    return EP_OK;
}


/* 0, or what flock failed with. */
static int
lock(int fd)
{
    while (flock(fd, LOCK_EX) != 0) {
        if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}


ep_rc_t
ep_lock_take(int fd, ep_err_t *err)
{
    int error = lock(fd);

    if (error != 0) {
        errno = error;
        return ep_err_errno(err, "write-lock", "cannot lock the database");
    }
    return EP_OK;
}


/*
 * A place in the queue that can be given up: nothing ends a flock(2) that
 * waits, so a thread of its own waits, on a descriptor of its own, which it
 * hands over with the lock, or closes when nobody wants it any more.
 */
typedef struct {
    pthread_mutex_t mutex;
    pthread_cond_t ended;
    int fd;
    int error;
    bool done;
    bool left; /* the one who wanted it has gone */
} place_t;


static void
place_free(place_t *place)
{
    pthread_mutex_destroy(&place->mutex);
    pthread_cond_destroy(&place->ended);
    ep_closep(&place->fd);
    free(place);
}


static void *
stand_in_line(void *arg)
{
    place_t *place = arg;
    int error = lock(place->fd);
    bool left;

    pthread_mutex_lock(&place->mutex);
    place->error = error;
    place->done = true;
    left = place->left;
    pthread_cond_signal(&place->ended);
    pthread_mutex_unlock(&place->mutex);
    if (left) {
        place_free(place);
    }
    return NULL;
}


static place_t *
place_new(int fd)
{
    place_t *place = calloc(1, sizeof(*place));
    pthread_condattr_t attr;

    if (place == NULL) {
        close(fd);
        return NULL;
    }
    place->fd = fd;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&place->mutex, NULL);
    pthread_cond_init(&place->ended, &attr);
    pthread_condattr_destroy(&attr);
    return place;
}


/* Signals are for the program's own threads. */
static int
start(place_t *place)
{
    sigset_t all, old;
    pthread_t thread;
    int error;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    error = pthread_create(&thread, NULL, stand_in_line, place);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (error == 0) {
        pthread_detach(thread);
    }
    return error;
}


/* Wait for the end of the place's wait. With its mutex held. */
static void
wait_patiently(place_t *place, const ep_patience_t *patience)
{
    int waited = 0;

    while (!place->done) {
        bool hurry = patience->hurry != NULL && patience->hurry();
        struct timespec until;

        if (waited >= (hurry ? HURRY_MS : patience->ms)) {
            return;
        }
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += SLICE_MS * 1000000;
        if (until.tv_nsec >= 1000000000) {
            until.tv_nsec -= 1000000000;
            until.tv_sec++;
        }
        if (pthread_cond_timedwait(&place->ended, &place->mutex, &until)
            == ETIMEDOUT) {
            waited += SLICE_MS;
        }
    }
}


/* The descriptor that has the lock, -1 when the wait was too long, -2 after
 * an error, which is in errno. */
static int
take_place(place_t *place, const ep_patience_t *patience)
{
    int fd = -1, error;

    pthread_mutex_lock(&place->mutex);
    wait_patiently(place, patience);
    if (!place->done) {
        place->left = true;
        pthread_mutex_unlock(&place->mutex);
        return -1;
    }
    error = place->error;
    pthread_mutex_unlock(&place->mutex);
    if (error == 0) {
        fd = place->fd;
        place->fd = -1;
    }
    place_free(place);
    errno = error;
    return error == 0 ? fd : -2;
}


ep_rc_t
ep_lock_take_in(int *fd, const ep_config_t *cfg, const ep_patience_t *patience,
                ep_err_t *err)
{
    place_t *place;
    int own = -1, got, error;
    ep_rc_t rc;

    if (flock(*fd, LOCK_EX | LOCK_NB) == 0) {
        return EP_OK;
    }
    if (errno != EWOULDBLOCK) {
        return ep_lock_take(*fd, err);
    }
    rc = ep_lock_open(cfg, &own, err);
    if (rc != EP_OK) {
        return rc;
    }
    place = place_new(own);
    error = place != NULL ? start(place) : ENOMEM;
    if (error != 0) {
        if (place != NULL) {
            place_free(place);
        }
        errno = error;
        return ep_err_errno(err, "write-lock", "cannot lock the database");
    }
    got = take_place(place, patience);
    if (got == -1) {
        return ep_err_set(err, EP_EBUSY, "database-busy",
                          "another program keeps the database's write lock; "
                          "try again in a moment");
    }
    if (got < 0) {
        return ep_err_errno(err, "write-lock", "cannot lock the database");
    }
    close(*fd);
    *fd = got;
    return EP_OK;
}
