// write-ways: the cost of writing full buffers to the disk, by each method of Linux.
//
//     write-ways FILE [MEBIBYTES [ROUNDS]]
//
// Every method in turn writes two buffers of 4 MiB alternately, as a capture does, with one write at a time. The table
// has the medians over the rounds. The program creates and removes FILE. It is in C because io_uring has no wrapper in
// the C library, and its queues are shared memory.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { buffer_size = 4 << 20, huge_page = 2 << 20, most_rounds = 99, dontcache = 0x80 /* RWF_DONTCACHE, Linux 6.14 */ };

typedef enum { buffered, uncached, direct, uring } Path;

typedef struct {
    const char *name;
    Path path;
    int huge;
    int reserve;
} Way;

static const Way ways[] = {
    {"page cache", buffered, 0, 0},
    {"page cache, RWF_DONTCACHE", uncached, 0, 0},
    {"direct", direct, 0, 0},
    {"direct, space reserved", direct, 0, 1},
    {"direct, huge pages", direct, 1, 0},
    {"direct, huge pages, space reserved", direct, 1, 1},
    {"io_uring, registered buffers, direct", uring, 0, 0},
    {"io_uring, registered buffers, direct, huge pages", uring, 1, 0},
};
enum { way_count = sizeof ways / sizeof *ways };

static double seconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

static void fail(const char *what) {
    fprintf(stderr, "cannot %s: %s\n", what, strerror(errno));
    exit(1);
}

// The queues of an io_uring, for one write at a time. See io_uring(7).
typedef struct {
    int descriptor;
    unsigned *tail, *mask, *array, *completed, *completion_mask;
    struct io_uring_sqe *entries;
    struct io_uring_cqe *completions;
} Uring;

static void *map(int descriptor, size_t size, off_t which) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, descriptor, which);
    if (memory == MAP_FAILED) fail("map the queues");
    return memory;
}

static Uring make_uring(void *buffers) {
    struct io_uring_params sizes = {0};
    int ring = syscall(SYS_io_uring_setup, 2, &sizes);
    if (ring < 0) fail("set up io_uring");
    char *submission = map(ring, sizes.sq_off.array + sizes.sq_entries * sizeof(unsigned), IORING_OFF_SQ_RING);
    size_t completions = sizes.cq_off.cqes + sizes.cq_entries * sizeof(struct io_uring_cqe);
    char *completion = map(ring, completions, IORING_OFF_CQ_RING);
    struct iovec memory = {buffers, 2 * buffer_size};
    if (syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, &memory, 1) != 0) fail("register the buffers");
    return (Uring){
        .descriptor = ring,
        .tail = (unsigned *)(submission + sizes.sq_off.tail),
        .mask = (unsigned *)(submission + sizes.sq_off.ring_mask),
        .array = (unsigned *)(submission + sizes.sq_off.array),
        .completed = (unsigned *)(completion + sizes.cq_off.head),
        .completion_mask = (unsigned *)(completion + sizes.cq_off.ring_mask),
        .entries = map(ring, sizes.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES),
        .completions = (struct io_uring_cqe *)(completion + sizes.cq_off.cqes),
    };
}

static int write_by_uring(Uring *ring, int file, void *bytes, off_t offset) {
    unsigned slot = *ring->tail & *ring->mask;
    ring->entries[slot] = (struct io_uring_sqe){
        .opcode = IORING_OP_WRITE_FIXED, .fd = file, .addr = (uintptr_t)bytes, .len = buffer_size, .off = offset};
    ring->array[slot] = slot;
    __atomic_store_n(ring->tail, *ring->tail + 1, __ATOMIC_RELEASE);
    if (syscall(SYS_io_uring_enter, ring->descriptor, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0) return -1;
    int result = ring->completions[*ring->completed & *ring->completion_mask].res;
    __atomic_store_n(ring->completed, *ring->completed + 1, __ATOMIC_RELEASE);
    return result;
}

typedef struct {
    double cost;  // microseconds of processor time per MiB
    double speed;  // MiB per second
} Result;

static Result run(const Way *way, const char *path, long mebibytes) {
    int bypass = way->path == direct || way->path == uring;
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | (bypass ? O_DIRECT : 0), 0600);
    if (file < 0) fail("make the file");
    size_t mapped = 2 * buffer_size + huge_page;
    char *memory = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) fail("map the buffers");
    char *buffers = (char *)(((uintptr_t)memory + huge_page - 1) & ~(uintptr_t)(huge_page - 1));
    if (way->huge && madvise(buffers, 2 * buffer_size, MADV_HUGEPAGE) != 0) fail("ask for huge pages");
    memset(buffers, 1, 2 * buffer_size);
    if (way->reserve && fallocate(file, FALLOC_FL_KEEP_SIZE, 0, (off_t)mebibytes << 20) != 0) fail("reserve space");
    Uring ring = way->path == uring ? make_uring(buffers) : (Uring){.descriptor = -1};

    double processor = seconds(CLOCK_PROCESS_CPUTIME_ID), start = seconds(CLOCK_MONOTONIC);
    for (off_t offset = 0; offset < (off_t)mebibytes << 20; offset += buffer_size) {
        char *bytes = buffers + offset % (2 * buffer_size);
        struct iovec part = {bytes, buffer_size};
        ssize_t written;
        switch (way->path) {
            case uring: written = write_by_uring(&ring, file, bytes, offset); break;
            case uncached: written = pwritev2(file, &part, 1, offset, dontcache); break;
            default: written = pwrite(file, bytes, buffer_size, offset);
        }
        if (written != buffer_size) fail("write");
    }
    // Data in the page cache must reach the disk, too.
    if (fdatasync(file) != 0) fail("synchronize");
    double spent = seconds(CLOCK_PROCESS_CPUTIME_ID) - processor, elapsed = seconds(CLOCK_MONOTONIC) - start;
    if (ring.descriptor >= 0) close(ring.descriptor);
    close(file);
    unlink(path);
    munmap(memory, mapped);
    return (Result){spent * 1e6 / mebibytes, mebibytes / elapsed};
}

static int compare(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double median(double *values, int count) {
    qsort(values, count, sizeof *values, compare);
    return values[count / 2];
}

int main(int count, char **arguments) {
    long mebibytes = count > 2 ? atol(arguments[2]) : 1024;
    int rounds = count > 3 ? atoi(arguments[3]) : 3;
    if (count < 2 || mebibytes < 8 || mebibytes % 8 != 0 || rounds < 1 || rounds > most_rounds) {
        fprintf(stderr, "usage: write-ways FILE [MEBIBYTES, a multiple of 8 [ROUNDS]]\n");
        return 64;
    }
    static double costs[way_count][most_rounds], speeds[way_count][most_rounds];
    for (int round = 0; round < rounds; round++) {
        for (int way = 0; way < way_count; way++) {
            Result result = run(&ways[way], arguments[1], mebibytes);
            costs[way][round] = result.cost;
            speeds[way][round] = result.speed;
        }
    }
    printf("| way | processor time for each MiB | MiB/s, until it is on the disk |\n| --- | --- | --- |\n");
    for (int way = 0; way < way_count; way++) {
        printf("| %s | %.1f µs | %.0f |\n", ways[way].name, median(costs[way], rounds), median(speeds[way], rounds));
    }
}
