// Counts what a program asks of the heap: a program that contains this has its own malloc and its kin, which count and
// pass on to glibc's.
#pragma once

// Counts from zero, over all threads, until `allocation_counter_stop` gives the number.
void allocation_counter_start(void);
long allocation_counter_stop(void);

// Asks once of every function that is counted, so that a count can be seen to count; returns how many there are.
long allocation_counter_allocate(void);
