/* Fully connected layers. */
#ifndef CONVOY_DENSE_H
#define CONVOY_DENSE_H

#include "plan/operator.h"

extern const convoy_operator convoy_dense_operator;

#endif
