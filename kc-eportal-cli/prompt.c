/* Reading a password: see prompt.h. */

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include "prompt.h"

static volatile sig_atomic_t interrupted;


static void
on_signal(int number)
{
    interrupted = number;
}


/* read(2) of one byte. Signals are let through only while we wait: one that
 * came just before would otherwise be missed. */
static ssize_t
read_byte(const sigset_t *waiting, char *out)
{
    struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

    if (ppoll(&input, 1, NULL, waiting) < 0 || interrupted != 0) {
        return -1;
    }
    return read(STDIN_FILENO, out, 1);
}


/* One line of standard input without its end; byte by byte, because what
 * follows it is not ours to take. */
static ep_rc_t
read_line(const sigset_t *waiting, char out[PASSWORD_SIZE], ep_err_t *err)
{
    size_t n = 0;
    ssize_t got;
    char c;

    while ((got = read_byte(waiting, &c)) == 1 && c != '\n') {
        if (c == '\0') {
            return ep_err_set(err, EP_EINVAL, "bad-password",
                              "a password cannot hold a NUL byte");
        }
        if (n + 1 == PASSWORD_SIZE) {
            return ep_err_set(err, EP_EINVAL, "password-too-long",
                              "the password is longer than %d bytes",
                              EP_PASSWORD_MAX);
        }
        out[n++] = c;
    }
    if (interrupted != 0) {
        return ep_err_set(err, EP_EINVAL, "interrupted", "interrupted");
    }
    if (got < 0) {
        return ep_err_errno(err, "password", "cannot read the password");
    }
    if (n > 0 && out[n - 1] == '\r') {
        n--;
    }
    out[n] = '\0';
    if (n == 0) {
        return ep_err_set(err, EP_EINVAL, "no-password",
                          "no password was given: use -p, or send it on "
                          "standard input");
    }
    return EP_OK;
}


static ep_rc_t
ask(const sigset_t *waiting, const char *question, char out[PASSWORD_SIZE],
    ep_err_t *err)
{
    ep_rc_t rc;

    fputs(question, stderr);
    rc = read_line(waiting, out, err);
    fputc('\n', stderr);
    return rc;
}


static ep_rc_t
ask_twice(const sigset_t *waiting, char out[PASSWORD_SIZE], ep_err_t *err)
{
    char again[PASSWORD_SIZE];
    ep_rc_t rc = ask(waiting, "Password: ", out, err);

    if (rc == EP_OK) {
        rc = ask(waiting, "Password again: ", again, err);
    }
    if (rc == EP_OK && !ep_secret_eq(ep_str(out), ep_str(again))) {
        rc = ep_err_set(err, EP_EINVAL, "password-mismatch",
                        "the two passwords differ");
    }
    explicit_bzero(again, sizeof(again));
    return rc;
}


static ep_rc_t
prompt(bool twice, char out[PASSWORD_SIZE], ep_err_t *err)
{
    struct sigaction action = { .sa_handler = on_signal };
    struct sigaction before_int;
    struct sigaction before_term;
    sigset_t stops;
    sigset_t waiting;
    struct termios before;
    struct termios silent;
    ep_rc_t rc;

    sigprocmask(SIG_SETMASK, NULL, &waiting);
    if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &before) != 0) {
        return read_line(&waiting, out, err);
    }
    /* So that ^C ends the question and the echo comes back. */
    sigemptyset(&stops);
    sigaddset(&stops, SIGINT);
    sigaddset(&stops, SIGTERM);
    sigprocmask(SIG_BLOCK, &stops, NULL);
    sigaction(SIGINT, &action, &before_int);
    sigaction(SIGTERM, &action, &before_term);
    silent = before;
    silent.c_lflag &= ~(tcflag_t) ECHO;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    rc = twice ? ask_twice(&waiting, out, err)
               : ask(&waiting, "Password: ", out, err);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    sigaction(SIGINT, &before_int, NULL);
    sigaction(SIGTERM, &before_term, NULL);
    sigprocmask(SIG_SETMASK, &waiting, NULL);
    if (interrupted != 0) {
        raise(interrupted);
    }
    return rc;
}


ep_rc_t
prompt_password(char out[PASSWORD_SIZE], ep_err_t *err)
{
    return prompt(true, out, err);
}


ep_rc_t
prompt_password_once(char out[PASSWORD_SIZE], ep_err_t *err)
{
    return prompt(false, out, err);
}
