// SPDX-License-Identifier: Apache-2.0
#ifndef TAFFRAIL_CYAML_H
#define TAFFRAIL_CYAML_H

#include <yaml.h>

#endif
