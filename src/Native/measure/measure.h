/* What the measurements and their micro-kernels share. */
#ifndef CONVOY_MEASURE_H
#define CONVOY_MEASURE_H

/* Bytes that memory is read by: a whole number of everybody's vectors. */
enum { CONVOY_MEASURE_UNIT = 1024 };

#endif
