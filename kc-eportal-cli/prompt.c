/* Reading a password: see prompt.h. */

#include <errno.h>
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


/* One line of standard input without its end; byte by byte, because what
 * follows it is not ours to take. */
static ep_rc_t
read_line(char out[PASSWORD_SIZE], ep_err_t *err)
{
    size_t n = 0;
    ssize_t got;
    char c;

    while ((got = read(STDIN_FILENO, &c, 1)) == 1 && c != '\n') {
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
ask(const char *question, char out[PASSWORD_SIZE], ep_err_t *err)
{
    ep_rc_t rc;

    fputs(question, stderr);
    rc = read_line(out, err);
    fputc('\n', stderr);
    return rc;
}


static ep_rc_t
ask_twice(char out[PASSWORD_SIZE], ep_err_t *err)
{
    char again[PASSWORD_SIZE];
    ep_rc_t rc = ask("Password: ", out, err);

    if (rc == EP_OK) {
        rc = ask("Password again: ", again, err);
    }
    if (rc == EP_OK && !ep_secret_eq(ep_str(out), ep_str(again))) {
        rc = ep_err_set(err, EP_EINVAL, "password-mismatch",
                        "the two passwords differ");
    }
    explicit_bzero(again, sizeof(again));
    return rc;
}


ep_rc_t
prompt_password(char out[PASSWORD_SIZE], ep_err_t *err)
{
    /* Without SA_RESTART, so that ^C ends the read and the echo comes
     * back. */
    struct sigaction action = { .sa_handler = on_signal };
    struct sigaction before_int;
    struct sigaction before_term;
    struct termios before;
    struct termios silent;
    ep_rc_t rc;

    if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &before) != 0) {
        return read_line(out, err);
    }
    sigaction(SIGINT, &action, &before_int);
    sigaction(SIGTERM, &action, &before_term);
    silent = before;
    silent.c_lflag &= ~(tcflag_t) ECHO;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    rc = ask_twice(out, err);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    sigaction(SIGINT, &before_int, NULL);
    sigaction(SIGTERM, &before_term, NULL);
    if (interrupted != 0) {
        raise(interrupted);
    }
    return rc;
}
