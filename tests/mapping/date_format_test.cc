#include "indexer/mapping/date_format.h"

#include <gtest/gtest.h>

#include "indexer/base/json.h"

namespace tarn {
namespace {

std::string round_trip(const char* format, const char* text) {
  const auto parsed = DateFormat::create(format)->parse(text);
  return parsed ? DateFormat::create(format)->format(*parsed) : "refused";
}

int64_t parse_ms(const char* format, const char* text, bool round_up = false, const TimeZone* zone = nullptr) {
  const auto parsed = DateFormat::create(format)->parse(text, zone, round_up);
  return parsed ? parsed->epoch_ms() : -1;
}

int64_t math_ms(const char* text, bool round_up = false, const TimeZone* zone = nullptr) {
  return parse_date_math(text, *DateFormat::default_format(), 1700000000123, round_up, zone).epoch_ms();
}

TEST(DateFormatTest, named_formats_and_patterns_read_what_they_write) {
  EXPECT_EQ(round_trip("date_hour_minute", "2024-02-03T04:05"), "2024-02-03T04:05");
  EXPECT_EQ(round_trip("ordinal_date", "2024-034"), "2024-034");
  EXPECT_EQ(round_trip("week_date", "2024-W05-6"), "2024-W05-6");
  EXPECT_EQ(round_trip("basic_date_time", "20240203T040506.789Z"), "20240203T040506.789Z");
  EXPECT_EQ(round_trip("date", "2024-2-3"), "2024-02-03");
  EXPECT_EQ(round_trip("strict_date", "2024-2-3"), "refused");
  EXPECT_EQ(round_trip("yyyyMMddHHmmssSSS", "20240203040506789"), "20240203040506789");
  EXPECT_EQ(round_trip("dd.MM.uu", "03.02.24"), "03.02.24");
  EXPECT_EQ(round_trip("yyyy-MM-dd hh:mm a", "2024-02-03 04:05 PM"), "2024-02-03 04:05 PM");
  EXPECT_EQ(round_trip("dd/MM/yyyy||yyyy-MM-dd", "2024-02-03"), "03/02/2024");
  EXPECT_EQ(round_trip("epoch_second", "1709210096.789"), "1709210096.789");
}

TEST(DateFormatTest, wrong_patterns_are_refused) {
  try {
    DateFormat::create("bogus");
    FAIL();
  } catch (const ApiError& error) {
    EXPECT_EQ(error.error().reason, "Invalid format: [bogus]: Unknown pattern letter: b");
  }
}

TEST(DateFormatTest, rounding_up_fills_the_time_of_day_only) {
  EXPECT_EQ(parse_ms("strict_date_optional_time", "2019-12", true), 1575244799999);   // the end of 1 December
  EXPECT_EQ(parse_ms("strict_date_optional_time", "2019-12-05T10", true), 1575543599999);
}

TEST(DateFormatTest, zones_apply_where_the_text_has_none) {
  const auto berlin = TimeZone::create("Europe/Berlin");
  EXPECT_EQ(parse_ms("strict_date_optional_time", "2024-07-01T00:00:00", false, berlin.get()), 1719784800000);
  EXPECT_EQ(parse_ms("strict_date_optional_time", "2024-07-01T00:00:00Z", false, berlin.get()), 1719792000000);
  EXPECT_THROW(TimeZone::create("Mars/Base"), ApiError);
  EXPECT_EQ(TimeZone::create("+05:30")->offset_seconds_at_utc(0), 19800);
}

TEST(DateFormatTest, gaps_and_overlaps_resolve_as_java_does) {
  const auto berlin = TimeZone::create("Europe/Berlin");
  EXPECT_EQ(berlin->local_to_utc_ms(1711852200000), 1711848600000);  // 2024-03-31T02:30 does not exist: 03:30+02:00
  EXPECT_EQ(berlin->local_to_utc_ms(1729996200000), 1729989000000);  // 2024-10-27T02:30 twice: the earlier one
}

TEST(DateMathTest, adds_and_rounds) {
  EXPECT_EQ(math_ms("now"), 1700000000123);
  EXPECT_EQ(math_ms("now-1h"), 1700000000123 - 3600000);
  EXPECT_EQ(math_ms("now/d"), 1699920000000);
  EXPECT_EQ(math_ms("now/d", true), 1699920000000 + 86400000 - 1);
  EXPECT_EQ(math_ms("2024-01-31||+1M"), 1709164800000);
  EXPECT_EQ(math_ms("2024-02-15||/w"), 1707696000000);
  EXPECT_EQ(math_ms("2024-02-15||/M-1d/d"), 1706659200000);
  EXPECT_THROW(math_ms("now+1x"), ApiError);
  EXPECT_THROW(math_ms("now+"), ApiError);
  EXPECT_THROW(math_ms("bad||+1d"), ApiError);
}

TEST(DateFormatTest, nanoseconds_have_their_limits) {
  EXPECT_EQ(DateFormat::default_format()->parse("2024-01-01T00:00:00.123456789Z")->epoch_ns(), 1704067200123456789);
  EXPECT_THROW(DateFormat::default_format()->parse("1969-12-31")->epoch_ns(), ApiError);
  EXPECT_THROW(DateFormat::default_format()->parse("2300-01-01")->epoch_ns(), ApiError);
}

}  // namespace
}  // namespace tarn
