#include <gtest/gtest.h>

#include <set>

#include "indexer/base/json.h"
#include "server/cli/event_generator.h"
#include "server/cli/json_members.h"
#include "server/cli/listing_generator.h"

namespace tarn::cli {
namespace {

std::string event(const EventGenerator& generator, uint64_t index) {
  char line[EventGenerator::kLineBytesMax];
  return std::string(line, generator.write(index, line));
}

TEST(generator, events_have_a_hundred_names_of_three_parts) {
  const auto names = EventGenerator::event_names();
  EXPECT_EQ(std::set<std::string_view>(names.begin(), names.end()).size(), 100u);
  for (const std::string_view name : names)
    EXPECT_EQ(std::count(name.begin(), name.end(), ':'), 2) << name;
}

TEST(generator, events_depend_on_the_seed_alone_and_are_json) {
  const EventGenerator one({.seed = 1});
  const EventGenerator two({.seed = 2});
  std::set<std::string> uuids;
  std::set<std::string> names;
  size_t bytes = 0;
  for (uint64_t i = 0; i < 20000; ++i) {
    const std::string line = event(one, i);
    EXPECT_EQ(line, event(EventGenerator({.seed = 1}), i));
    EXPECT_NE(line, event(two, i));
    const Json json = parse_json(line);
    uuids.insert(json["event_uuid"]);
    names.insert(json["event_name"]);
    bytes += line.size();
  }
  EXPECT_EQ(uuids.size(), 20000u);
  EXPECT_GT(names.size(), 95u);
  EXPECT_NEAR(static_cast<double>(bytes) / 20000, 480, 15);
}

TEST(generator, duplicates_and_malformed_lines_come_in_the_asked_share) {
  const EventGenerator generator({.seed = 7, .duplicates = 0.1, .malformed = 0.05});
  std::set<std::string> seen;
  int duplicates = 0;
  int malformed = 0;
  for (uint64_t i = 0; i < 20000; ++i) {
    const std::string line = event(generator, i);
    const bool good = line.find("\"metrics\"") != std::string::npos && line.ends_with("}}\n");
    if (!good) {
      ++malformed;
    } else if (!seen.insert(line).second) {
      ++duplicates;
    }
  }
  EXPECT_NEAR(duplicates, 2000, 200);
  EXPECT_NEAR(malformed, 1000, 150);
}

TEST(generator, listings_are_json_with_prose) {
  const ListingGenerator generator(3);
  std::set<std::string> ids;
  for (uint64_t i = 0; i < 2000; ++i) {
    std::string line;
    generator.write(i, line);
    const Json json = parse_json(line);
    ids.insert(json["id"]);
    EXPECT_GT(json["description"].get<std::string>().size(), 100u);
    EXPECT_GE(json["amenities"].size(), 8u);
    const std::set<std::string> amenities(json["amenities"].begin(), json["amenities"].end());
    EXPECT_EQ(amenities.size(), json["amenities"].size());
  }
  EXPECT_EQ(ids.size(), 2000u);
}

TEST(generator, a_repeated_listing_changes_id_price_and_place_only) {
  const std::string line =
      R"({"id":"15420","name":"A \"nice\" flat","latitude":55.95759,"longitude":-3.18805,"price":"$1,145.00","price_amount":1145.0,"x":[1]})";
  std::string first;
  std::string second;
  ASSERT_TRUE(jitter_listing(line, 0, 42, first));
  ASSERT_TRUE(jitter_listing(line, 1, 42, second));
  EXPECT_EQ(first, line + "\n");
  const Json json = parse_json(second);
  EXPECT_EQ(json["id"], "15420-1");
  EXPECT_EQ(json["name"], "A \"nice\" flat");
  EXPECT_NEAR(json["latitude"].get<double>(), 55.95759, 0.0101);
  EXPECT_NEAR(json["price_amount"].get<double>(), 1145, 230);
  EXPECT_NE(json["price_amount"], 1145.0);
  EXPECT_TRUE(json["price"].get<std::string>().starts_with("$"));
  std::string again;
  jitter_listing(line, 1, 42, again);
  EXPECT_EQ(again, second);
}

}  // namespace
}  // namespace tarn::cli
