// libFuzzer's driver, for a program that has a main of its own (compiler-rt, FuzzerInterface.h, "LLVMFuzzerRunDriver").
#ifndef HOLDFAST_CFUZZER_H
#define HOLDFAST_CFUZZER_H

#include <stddef.h>
#include <stdint.h>

/// Runs `target` on inputs that it invents, until one crashes it or the arguments say that it is enough.
int fuzzer_run(int argument_count, char *_Nullable *_Nonnull arguments,
               int (*_Nonnull target)(const uint8_t *_Nullable bytes, size_t count));

#endif
