#include "CFuzzer.h"

extern int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *, size_t));

int fuzzer_run(int argument_count, char **arguments, int (*target)(const uint8_t *, size_t)) {
    return LLVMFuzzerRunDriver(&argument_count, &arguments, target);
}
