#define _GNU_SOURCE
#include "CLinux.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/landlock.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

/// Opens each of the descriptors 0 to 2 that the caller left closed, in a mode that refuses what the stream is for.
/// So no other file can get the number and receive standard output, and a command reports that it cannot write. It
/// runs as a constructor, because the runtime opens descriptors before `main`.
__attribute__((constructor(101))) static void hold_standard_streams(void) {
    for (int number = 0; number <= 2; number++)
        if (fcntl(number, F_GETFD) == -1 && errno == EBADF)
            open("/dev/null", number == 0 ? O_WRONLY : O_RDONLY);
}

const int holdfast_o_direct = O_DIRECT;
const int holdfast_o_path = O_PATH;

int holdfast_setname(const char *name) {
    return pthread_setname_np(pthread_self(), name);
}

int holdfast_is_first_thread(void) {
    return gettid() == getpid();
}

void holdfast_share_heap(void) {
    mallopt(M_ARENA_MAX, 1);
}

/// As many processors as Linux can be built for (NR_CPUS).
typedef struct {
    cpu_set_t parts[8192 / CPU_SETSIZE];
} Processors;

int holdfast_pin(int cpu) {
    Processors one = {0};
    CPU_SET_S(cpu, sizeof one, one.parts);
    return sched_setaffinity(0, sizeof one, one.parts);
}

int holdfast_may_run_on(int cpu) {
    Processors allowed = {0};
    if (sched_getaffinity(0, sizeof allowed, allowed.parts) < 0) return 0;
    return CPU_ISSET_S(cpu, sizeof allowed, allowed.parts);
}

int holdfast_rename_noreplace(int directory, const char *from, const char *to) {
    return renameat2(directory, from, directory, to, RENAME_NOREPLACE);
}

int holdfast_reserve(int descriptor, int64_t offset, int64_t length) {
    return fallocate(descriptor, FALLOC_FL_KEEP_SIZE, offset, length);
}

int holdfast_start_writeback(int descriptor, int64_t offset, int64_t length) {
    return sync_file_range(descriptor, offset, length, SYNC_FILE_RANGE_WRITE);
}

int holdfast_bind_packet_socket(int socket, uint16_t type, int interface) {
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET, .sll_protocol = htons(type), .sll_ifindex = interface};
    return bind(socket, (struct sockaddr *)&address, sizeof address);
}

int holdfast_ppoll(struct pollfd *fds, unsigned count, const struct timespec *timeout) {
    return ppoll(fds, count, timeout, NULL);
}

int holdfast_spawn(const char *program, const char *argument, int socket, pid_t *id) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t every;
    int failure = posix_spawn_file_actions_init(&actions);
    if (failure) return failure;
    failure = posix_spawnattr_init(&attributes);
    if (failure) {
        posix_spawn_file_actions_destroy(&actions);
        return failure;
    }
    sigfillset(&every);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setsigmask(&attributes, &every);
    failure = posix_spawn_file_actions_adddup2(&actions, socket, 0);
    if (!failure) failure = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    char *words[] = {(char *)"holdfastd", (char *)argument, NULL};
    if (!failure) failure = posix_spawn(id, program, &actions, &attributes, words, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failure;
}

struct objects {
    void (*each)(const char *path, void *context);
    void *context;
};

static int loaded_object(struct dl_phdr_info *object, size_t size, void *found) {
    struct objects *objects = found;
    (void)size;
    if (object->dlpi_name[0] == '/') objects->each(object->dlpi_name, objects->context);
    return 0;
}

void holdfast_loaded_objects(void (*each)(const char *path, void *context), void *context) {
    struct objects objects = {each, context};
    dl_iterate_phdr(loaded_object, &objects);
}

int holdfast_peer(int socket, int32_t *process, uint32_t *user, uint32_t *group) {
    struct ucred peer = {0};
    socklen_t size = sizeof peer;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) return -1;
    *process = peer.pid;
    *user = peer.uid;
    *group = peer.gid;
    return 0;
}

int holdfast_landlock_version(void) {
    return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

int holdfast_landlock_create(uint64_t files, uint64_t network) {
    // struct landlock_ruleset_attr, which grows with the kernel: older headers have only its first member.
    uint64_t handled[2] = {files, network};
    return (int)syscall(SYS_landlock_create_ruleset, handled, network ? sizeof handled : sizeof files, 0);
}

int holdfast_landlock_allow(int rules, uint64_t access, int parent) {
    struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = parent};
    return (int)syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

int holdfast_landlock_restrict(int rules) {
    return (int)syscall(SYS_landlock_restrict_self, rules, 0);
}
