/* libgammu's headers, which define MIN and MAX for themselves. */
#ifndef MALGIL_GAMMU_LIBRARY_H
#define MALGIL_GAMMU_LIBRARY_H

#include "gateway/base/def.h"

#pragma push_macro("MIN")
#pragma push_macro("MAX")
#undef MIN
#undef MAX
#include <gammu.h>
#undef MIN
#undef MAX
#pragma pop_macro("MAX")
#pragma pop_macro("MIN")

#endif
