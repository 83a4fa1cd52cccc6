// The one place that knows whether Catch2 is version 2 or 3. Tests keep to TEST_CASE, SECTION, REQUIRE, CHECK, CAPTURE, INFO.

#pragma once

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif
