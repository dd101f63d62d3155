#include "convoy.h"

uint32_t convoy_abi_version(void)
{
    return CONVOY_ABI_VERSION;
}
