/*
 * Replays inputs through a fuzz target without libFuzzer.
 *
 * How fuzzing is laid out here, for whoever adds a target:
 *
 *   t/fuzz/NAME.c          the target: LLVMFuzzerTestOneInput and nothing
 *                          that prints or exits. It hands the bytes to one
 *                          parser and aborts when a promise of that parser
 *                          does not hold (an out-parameter that changed on
 *                          failure, a result that cannot be). It returns 0.
 *   t/fuzz/corpus/NAME/    its inputs: one small file for each case worth
 *                          keeping, named after what it is about. What broke
 *                          the parser once goes here with its fix.
 *   t/fuzz/replay.c        this main, linked to each target by `make replays`
 *                          as build/t/fuzz/NAME.
 *   t/fuzz/replay.t        runs each of them over its corpus in `make check`,
 *                          and so in `make check-asan`.
 *   `make fuzz`            builds all with clang and libFuzzer (build-fuzz/)
 *                          and runs each for FUZZ_SECONDS (30); FUZZ="a b"
 *                          runs just these. New inputs stay in
 *                          build-fuzz/corpus/NAME, what breaks a target in
 *                          build-fuzz/NAME-crash-*.
 *
 * The Makefile finds targets by itself. A target may include headers of lib/
 * ("base/...") as well as the public ones.
 *
 * Each argument is a file, or a directory whose files are inputs. Prints the
 * number of inputs.
 */

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


/* Exactly as many bytes as there are, so that AddressSanitizer sees a read
 * beyond them. */
static int
replay_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    uint8_t *data;
    ssize_t n;

    if (fd < 0 || fstat(fd, &st) != 0) {
        perror(path);
        exit(1);
    }
    data = malloc((size_t) st.st_size + (st.st_size == 0));
    n = data != NULL ? read(fd, data, (size_t) st.st_size) : -1;
    if (n != st.st_size) {
        perror(path);
        exit(1);
    }
    /* What is unfinished on this line is the input that broke it. */
    fprintf(stderr, "%s ...", path);
    LLVMFuzzerTestOneInput(data, (size_t) n);
    fprintf(stderr, " done\n");
    free(data);
    close(fd);
    return 1;
}


static int
replay(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    char name[PATH_MAX];
    int count = 0;

    if (dir == NULL) {
        return replay_file(path);
    }
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] != '.'
            && snprintf(name, sizeof(name), "%s/%s", path, entry->d_name)
                   < (int) sizeof(name))
        {
            count += replay_file(name);
        }
    }
    closedir(dir);
    return count;
}


int
main(int argc, char **argv)
{
    int count = 0;

    for (int i = 1; i < argc; i++) {
        count += replay(argv[i]);
    }
    printf("%d\n", count);
    return 0;
}
