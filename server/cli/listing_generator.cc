#include "server/cli/listing_generator.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "server/cli/json_members.h"
#include "server/cli/random.h"

namespace tarn::cli {
namespace {

struct City {
  std::string_view name;
  std::string_view country;
  double latitude;
  double longitude;
  std::string_view currency_note;
};

constexpr std::array<City, 12> kCities = {
    {{"Edinburgh", "United Kingdom", 55.9533, -3.1883, "Leith"},
     {"Antwerp", "Belgium", 51.2194, 4.4025, "Zurenborg"},
     {"Lisbon", "Portugal", 38.7223, -9.1393, "Alfama"},
     {"Berlin", "Germany", 52.5200, 13.4050, "Kreuzberg"},
     {"Krakow", "Poland", 50.0647, 19.9450, "Kazimierz"},
     {"Barcelona", "Spain", 41.3874, 2.1686, "Gracia"},
     {"Porto", "Portugal", 41.1579, -8.6291, "Ribeira"},
     {"Vienna", "Austria", 48.2082, 16.3738, "Neubau"},
     {"Dublin", "Ireland", 53.3498, -6.2603, "Stoneybatter"},
     {"Gothenburg", "Sweden", 57.7089, 11.9746, "Haga"},
     {"Boston", "United States", 42.3601, -71.0589, "Back Bay"},
     {"Seattle", "United States", 47.6062, -122.3321, "Fremont"}}};
constexpr std::array<std::string_view, 8> kQuarters = {
    "Old Town",  "Harbour",     "West End",        "University Quarter",
    "Riverside", "Market Hill", "Garden District", "Station Quarter"};
constexpr std::array<std::string_view, 24> kAdjectives = {
    "bright",       "spacious",  "quiet",      "cosy",      "elegant",  "sunny",
    "modern",       "charming",  "stylish",    "renovated", "airy",     "warm",
    "comfortable",  "historic",  "minimalist", "rustic",    "peaceful", "central",
    "light-filled", "furnished", "romantic",   "practical", "unique",   "generous"};
constexpr std::array<std::string_view, 12> kHomes = {
    "apartment", "flat", "loft",   "studio", "townhouse",   "cottage",
    "penthouse", "room", "duplex", "house",  "guest suite", "garden flat"};
constexpr std::array<std::string_view, 20> kPlaces = {
    "the castle",           "the main station",     "the old harbour",  "the botanical garden",
    "the cathedral",        "the city park",        "the university",   "the river",
    "the market square",    "the museum quarter",   "the beach",        "the opera",
    "a leafy square",       "the tram stop",        "the underground",  "the conference centre",
    "the football stadium", "the Christmas market", "several bakeries", "the best restaurants"};
constexpr std::array<std::string_view, 24> kThings = {"fully equipped kitchen",
                                                      "king size bed",
                                                      "rain shower",
                                                      "roof terrace",
                                                      "private garden",
                                                      "balcony with a view",
                                                      "fast wifi",
                                                      "dedicated workspace",
                                                      "washing machine",
                                                      "dishwasher",
                                                      "wood burning stove",
                                                      "high ceilings",
                                                      "original wooden floors",
                                                      "underfloor heating",
                                                      "espresso machine",
                                                      "smart television",
                                                      "library of travel books",
                                                      "sofa bed for two more guests",
                                                      "free parking space",
                                                      "lift to every floor",
                                                      "walk-in closet",
                                                      "children's cot",
                                                      "piano",
                                                      "bicycle storage"};
constexpr std::array<std::string_view, 48> kAmenities = {"Wifi",
                                                         "Kitchen",
                                                         "Heating",
                                                         "Washer",
                                                         "Dryer",
                                                         "Hair dryer",
                                                         "Iron",
                                                         "Essentials",
                                                         "Smoke alarm",
                                                         "Carbon monoxide alarm",
                                                         "Fire extinguisher",
                                                         "First aid kit",
                                                         "Hangers",
                                                         "Shampoo",
                                                         "Hot water",
                                                         "Bed linens",
                                                         "Extra pillows and blankets",
                                                         "TV",
                                                         "Dedicated workspace",
                                                         "Refrigerator",
                                                         "Microwave",
                                                         "Dishes and silverware",
                                                         "Cooking basics",
                                                         "Oven",
                                                         "Stove",
                                                         "Coffee maker",
                                                         "Dishwasher",
                                                         "Freezer",
                                                         "Toaster",
                                                         "Wine glasses",
                                                         "Dining table",
                                                         "Elevator",
                                                         "Free parking on premises",
                                                         "Paid parking off premises",
                                                         "Private entrance",
                                                         "Self check-in",
                                                         "Lockbox",
                                                         "Long term stays allowed",
                                                         "Luggage dropoff allowed",
                                                         "Host greets you",
                                                         "Books and reading material",
                                                         "Board games",
                                                         "Bathtub",
                                                         "Garden view",
                                                         "City skyline view",
                                                         "Patio or balcony",
                                                         "Backyard",
                                                         "Pets allowed"};
constexpr std::array<std::string_view, 4> kRoomTypes = {"Entire home/apt", "Private room",
                                                        "Hotel room", "Shared room"};
constexpr std::array<std::string_view, 16> kSyllables = {"ka", "lo",  "mi",  "ra", "ven", "tor",
                                                         "sa", "bel", "ni",  "du", "mar", "eli",
                                                         "jo", "han", "pet", "osk"};

template <class List>
std::string_view pick(Random& random, const List& list) {
  return list[random.below(static_cast<uint32_t>(list.size()))];
}

/// Prose grows from a dozen sentence frames; rare words (a street, a host) come from syllables, so
/// that the dictionary has a tail.
class Prose {
 public:
  Prose(Random& random, const City& city, std::string& out)
      : random_(random), city_(city), out_(out) {}

  void paragraph(uint32_t sentences) {
    for (uint32_t i = 0; i < sentences; ++i) {
      if (i > 0) out_ += random_.below(6) == 0 ? "<br />" : " ";
      sentence();
    }
  }

  void proper_name() {
    const size_t start = out_.size();
    const uint32_t syllables = 2 + random_.below(3);
    for (uint32_t i = 0; i < syllables; ++i) out_ += pick(random_, kSyllables);
    out_[start] = static_cast<char>(out_[start] - 'a' + 'A');
  }

 private:
  void add(std::string_view text) { out_ += text; }
  void number(uint32_t value) { out_ += std::to_string(value); }

  void sentence() {
    switch (random_.below(12)) {
      case 0:
        add("This ");
        add(pick(random_, kAdjectives));
        add(" and ");
        add(pick(random_, kAdjectives));
        add(" ");
        add(pick(random_, kHomes));
        add(" lies a ");
        number(random_.between(2, 25));
        add(" minute walk from ");
        add(pick(random_, kPlaces));
        add(".");
        break;
      case 1:
        add("You will find a ");
        add(pick(random_, kThings));
        add(", a ");
        add(pick(random_, kThings));
        add(" and a ");
        add(pick(random_, kThings));
        add(".");
        break;
      case 2:
        add("The ");
        add(pick(random_, kHomes));
        add(" was ");
        add(random_.below(2) == 0 ? "renovated" : "built");
        add(" in ");
        number(random_.between(1780, 2024));
        add(" and sleeps up to ");
        number(random_.between(1, 10));
        add(" guests.");
        break;
      case 3:
        add("Our street, ");
        proper_name();
        add(random_.below(2) == 0 ? " Street" : " Lane");
        add(", is ");
        add(pick(random_, kAdjectives));
        add(" at night although ");
        add(pick(random_, kPlaces));
        add(" is close.");
        break;
      case 4:
        add("Guests love the ");
        add(pick(random_, kThings));
        add(" after a day in ");
        add(city_.name);
        add(".");
        break;
      case 5:
        add("Please note that ");
        add(random_.below(2) == 0 ? "smoking is not allowed" : "parties are not possible");
        add(" and check-in is from ");
        number(random_.between(2, 5));
        add(" pm.");
        break;
      case 6:
        add("Walk to ");
        add(pick(random_, kPlaces));
        add(" or take the bus to ");
        add(pick(random_, kPlaces));
        add(" in ");
        number(random_.between(3, 20));
        add(" minutes.");
        break;
      case 7:
        add("Perfect for ");
        add(random_.below(3) == 0   ? "couples"
            : random_.below(2) == 0 ? "families with children"
                                    : "business travellers");
        add(" who look for a ");
        add(pick(random_, kAdjectives));
        add(" place with a ");
        add(pick(random_, kThings));
        add(".");
        break;
      case 8:
        add("The bedroom has a ");
        add(pick(random_, kThings));
        add("; the living room a ");
        add(pick(random_, kThings));
        add(".");
        break;
      case 9:
        add("Your host ");
        proper_name();
        add(" lives nearby and gladly recommends ");
        add(pick(random_, kPlaces));
        add(" and cafe ");
        proper_name();
        add(".");
        break;
      case 10:
        add("A ");
        add(pick(random_, kAdjectives));
        add(" base for exploring ");
        add(city_.name);
        add(", with ");
        add(pick(random_, kPlaces));
        add(" around the corner.");
        break;
      default:
        add("Long stays are welcome: heating, water and ");
        add(pick(random_, kThings));
        add(" are included in the price.");
        break;
    }
  }

  Random& random_;
  const City& city_;
  std::string& out_;
};

void add_number(std::string& out, std::string_view name, int64_t value) {
  out += ",\"";
  out += name;
  out += "\":";
  out += std::to_string(value);
}

/// A decimal with `digits` digits behind the point.
void append_fixed(std::string& out, double value, int digits) {
  int64_t scale = 1;
  for (int i = 0; i < digits; ++i) scale *= 10;
  auto scaled = static_cast<int64_t>(value * static_cast<double>(scale) + (value < 0 ? -0.5 : 0.5));
  if (scaled < 0) {
    out += '-';
    scaled = -scaled;
  }
  out += std::to_string(scaled / scale);
  out += '.';
  const std::string rest = std::to_string(scaled % scale);
  out.append(static_cast<size_t>(digits) - rest.size(), '0');
  out += rest;
}

void add_decimal(std::string& out, std::string_view name, double value, int digits) {
  out += ",\"";
  out += name;
  out += "\":";
  append_fixed(out, value, digits);
}

void add_text(std::string& out, std::string_view name, std::string_view value) {
  out += ",\"";
  out += name;
  out += "\":\"";
  out += value;
  out += '"';
}

void add_flag(std::string& out, std::string_view name, bool value) {
  out += ",\"";
  out += name;
  out += value ? "\":true" : "\":false";
}

/// "$1,234.00"
std::string money(double amount) {
  auto cents = static_cast<uint64_t>(amount * 100 + 0.5);
  std::string whole = std::to_string(cents / 100);
  for (size_t at = whole.size(); at > 3; at -= 3) whole.insert(at - 3, ",");
  cents %= 100;
  return "$" + whole + "." + static_cast<char>('0' + cents / 10) +
         static_cast<char>('0' + cents % 10);
}

void add_date(std::string& out, std::string_view name, Random& random, uint32_t first_year,
              uint32_t last_year) {
  std::string date = std::to_string(random.between(first_year, last_year));
  const uint32_t month = random.between(1, 12);
  const uint32_t day = random.between(1, 28);
  date += month < 10 ? "-0" : "-";
  date += std::to_string(month);
  date += day < 10 ? "-0" : "-";
  date += std::to_string(day);
  add_text(out, name, date);
}

void add_amenities(std::string& out, Random& random) {
  out += ",\"amenities\":[";
  const uint32_t count = random.between(8, 34);
  const uint32_t start = random.below(kAmenities.size());
  // A stride that shares no factor with the list's size meets no amenity twice.
  constexpr std::array<uint32_t, 6> kStrides = {5, 7, 11, 13, 17, 19};
  const uint32_t stride = kStrides[random.below(kStrides.size())];
  for (uint32_t i = 0; i < count; ++i) {
    if (i > 0) out += ',';
    out += '"';
    out += kAmenities[(start + i * stride) % kAmenities.size()];
    out += '"';
  }
  out += ']';
}

}  // namespace

void ListingGenerator::write(uint64_t index, std::string& out) const {
  Random random(seed_, index);
  const City& city = kCities[random.below(kCities.size())];
  const uint32_t accommodates = 1 + random.below(6) + random.below(3);
  const uint32_t bedrooms = std::max<uint32_t>(1, accommodates / 2);
  const double price =
      (25 + 600 * random.unit() * random.unit() * random.unit()) * (1 + 0.15 * accommodates);
  const uint32_t reviews =
      static_cast<uint32_t>(500 * random.unit() * random.unit() * random.unit());
  const uint32_t host = random.below(400000);
  const std::string_view home = pick(random, kHomes);
  const std::string_view room_type = kRoomTypes[random.below(10) < 7 ? 0 : 1 + random.below(3)];
  Prose prose(random, city, out);

  out += "{\"id\":\"g";
  out += std::to_string(10000000 + index);
  out += '"';
  add_text(out, "city", city.name);
  out += ",\"name\":\"";
  const size_t name_at = out.size();
  out += pick(random, kAdjectives);
  out[name_at] = static_cast<char>(out[name_at] - 'a' + 'A');
  out += ' ';
  out += home;
  out += " near ";
  out += pick(random, kPlaces);
  out += "\",\"description\":\"";
  prose.paragraph(random.between(4, 12));
  out += '"';
  if (random.below(2) == 0) {
    out += ",\"neighborhood_overview\":\"";
    prose.paragraph(random.between(2, 6));
    out += '"';
  }
  add_text(out, "neighbourhood_cleansed",
           random.below(3) == 0 ? city.currency_note : pick(random, kQuarters));
  add_decimal(out, "latitude", city.latitude + (random.unit() - 0.5) * 0.12, 5);
  add_decimal(out, "longitude", city.longitude + (random.unit() - 0.5) * 0.18, 5);
  out += ",\"property_type\":\"";
  out += room_type[0] == 'E' ? "Entire " : room_type[0] == 'P' ? "Private room in " : "Room in ";
  out += home;
  out += '"';
  add_text(out, "room_type", room_type);
  add_number(out, "accommodates", accommodates);
  add_decimal(out, "bathrooms", 1 + 0.5 * random.below(4), 1);
  add_number(out, "bedrooms", bedrooms);
  add_number(out, "beds", bedrooms + random.below(2));
  add_amenities(out, random);
  if (random.below(7) != 0) {  // as in the real extracts, one in seven has no price
    add_text(out, "price", money(price));
    add_decimal(out, "price_amount", price, 2);
  }
  add_number(out, "minimum_nights", 1 + random.below(5) * random.below(7));
  add_number(out, "maximum_nights", 30 * (1 + random.below(12)));
  add_flag(out, "has_availability", random.below(20) != 0);
  add_number(out, "availability_30", random.below(31));
  add_number(out, "availability_60", random.below(61));
  add_number(out, "availability_90", random.below(91));
  add_number(out, "availability_365", random.below(366));
  add_flag(out, "instant_bookable", random.below(3) == 0);
  add_number(out, "number_of_reviews", reviews);
  if (reviews > 0) {
    add_date(out, "first_review", random, 2012, 2022);
    add_date(out, "last_review", random, 2023, 2025);
    for (const std::string_view score : {"review_scores_rating", "review_scores_cleanliness",
                                         "review_scores_location", "review_scores_value"}) {
      add_decimal(out, score, 5 - 2 * random.unit() * random.unit(), 2);
    }
    add_decimal(out, "reviews_per_month", 6 * random.unit() * random.unit(), 2);
  }
  add_text(out, "host_id", std::to_string(host));
  add_flag(out, "host_is_superhost", host % 4 == 0);
  add_number(out, "host_listings_count", 1 + host % 13);
  out += ",\"host_location\":\"";
  out += city.name;
  out += ", ";
  out += city.country;
  out += '"';
  add_text(out, "last_scraped", "2025-09-25");
  out += "}\n";
}

namespace {

/// A value of the line that is to be replaced: where it stands and what comes instead.
struct Replacement {
  size_t begin;
  size_t end;
  std::string text;
};

}  // namespace

bool jitter_listing(std::string_view line, uint64_t round, uint64_t seed, std::string& out) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r' || line.back() == ' '))
    line.remove_suffix(1);
  if (line.empty() || line.front() != '{') return false;
  if (round == 0) {
    out.append(line).append("\n");
    return true;
  }
  thread_local std::vector<JsonMember> members;
  if (!scan_members(line, members)) return false;
  Random random(seed ^ round, std::hash<std::string_view>()(line.substr(0, 64)));
  const double factor = 0.8 + 0.4 * random.unit();
  std::vector<Replacement> changes;
  for (const auto& [key, token] : members) {
    if (key != "id" && key != "price" && key != "price_amount" && key != "latitude" &&
        key != "longitude")
      continue;
    const auto begin = static_cast<size_t>(token.data() - line.data());
    std::string text;
    if (key == "id") {
      text = token;
      if (text.starts_with('"')) {
        text.insert(text.size() - 1, "-" + std::to_string(round));
      } else {
        text = '"' + text + '-' + std::to_string(round) + '"';
      }
    } else if (key == "price") {
      std::string digits;
      for (const char c : token) {
        if ((c >= '0' && c <= '9') || c == '.') digits += c;
      }
      if (digits.empty() || !token.starts_with("\"$")) continue;
      text = '"' + money(std::strtod(digits.c_str(), nullptr) * factor) + '"';
    } else {
      double number = 0;
      if (std::from_chars(token.data(), token.data() + token.size(), number).ec != std::errc())
        continue;
      append_fixed(text,
                   key == "price_amount" ? number * factor : number + (random.unit() - 0.5) * 0.02,
                   key == "price_amount" ? 2 : 6);
    }
    changes.push_back({begin, begin + token.size(), std::move(text)});
  }
  std::sort(changes.begin(), changes.end(),
            [](const Replacement& a, const Replacement& b) { return a.begin < b.begin; });
  size_t at = 0;
  for (const Replacement& change : changes) {
    out.append(line, at, change.begin - at).append(change.text);
    at = change.end;
  }
  out.append(line.substr(at)).append("\n");
  return true;
}

}  // namespace tarn::cli
