/* Running the work items of a chain. */
#ifndef CONVOY_CHAIN_RUN_H
#define CONVOY_CHAIN_RUN_H

#include "plan/plan.h"

void convoy_chain_run(const convoy_call *call);

#endif
