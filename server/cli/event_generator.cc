#include "server/cli/event_generator.h"

#include <array>
#include <cmath>

#include "server/cli/random.h"
#include "server/cli/text_writer.h"

namespace tarn::cli {
namespace {

// The frequent ones first: the weight of name i is 1 / (i + 4).
constexpr std::array<std::string_view, 100> kNames = {"user:session:login",
                                                      "shop:product:viewed",
                                                      "user:session:logoff",
                                                      "job:task:submitted",
                                                      "job:task:started",
                                                      "job:task:terminated",
                                                      "user:session:timeout",
                                                      "lesson:video:played",
                                                      "shop:product:searched",
                                                      "api:request:completed",
                                                      "lesson:unit:started",
                                                      "lesson:unit:completed",
                                                      "shop:cart:item_added",
                                                      "payment:order:placed",
                                                      "payment:order:completed",
                                                      "lesson:video:finished",
                                                      "file:document:viewed",
                                                      "message:mail:sent",
                                                      "file:document:uploaded",
                                                      "user:profile:changed",
                                                      "shop:checkout:started",
                                                      "job:task:scheduled",
                                                      "message:chat:sent",
                                                      "lesson:quiz:started",
                                                      "lesson:quiz:passed",
                                                      "file:document:downloaded",
                                                      "payment:invoice:created",
                                                      "payment:invoice:sent",
                                                      "payment:invoice:paid",
                                                      "shop:cart:item_removed",
                                                      "job:task:failed",
                                                      "job:task:retried",
                                                      "api:request:throttled",
                                                      "message:notification:delivered",
                                                      "message:notification:read",
                                                      "user:session:refused",
                                                      "shop:checkout:abandoned",
                                                      "job:task:cancelled",
                                                      "payment:order:shipped",
                                                      "payment:order:delivered",
                                                      "lesson:quiz:failed",
                                                      "lesson:video:paused",
                                                      "api:webhook:delivered",
                                                      "support:ticket:opened",
                                                      "support:ticket:answered",
                                                      "support:ticket:closed",
                                                      "job:report:generated",
                                                      "job:report:downloaded",
                                                      "user:account:added",
                                                      "user:account:invited",
                                                      "user:account:activated",
                                                      "file:document:shared",
                                                      "file:document:deleted",
                                                      "job:export:submitted",
                                                      "job:export:completed",
                                                      "job:import:submitted",
                                                      "job:import:completed",
                                                      "job:import:failed",
                                                      "payment:card:added",
                                                      "payment:card:declined",
                                                      "payment:order:cancelled",
                                                      "payment:order:returned",
                                                      "payment:order:refunded",
                                                      "lesson:course:enrolled",
                                                      "lesson:course:completed",
                                                      "lesson:unit:skipped",
                                                      "lesson:certificate:issued",
                                                      "shop:wishlist:item_added",
                                                      "shop:review:written",
                                                      "shop:coupon:redeemed",
                                                      "user:password:changed",
                                                      "user:password:reset",
                                                      "user:mfa:enabled",
                                                      "user:mfa:disabled",
                                                      "user:role:granted",
                                                      "user:role:revoked",
                                                      "user:account:deactivated",
                                                      "user:account:deleted",
                                                      "api:key:created",
                                                      "api:key:revoked",
                                                      "api:webhook:failed",
                                                      "job:task:paused",
                                                      "job:task:resumed",
                                                      "job:task:expired",
                                                      "payment:card:removed",
                                                      "payment:invoice:overdue",
                                                      "payment:invoice:voided",
                                                      "message:mail:bounced",
                                                      "lesson:course:cancelled",
                                                      "shop:product:returned",
                                                      "support:ticket:escalated",
                                                      "tenant:account:created",
                                                      "tenant:plan:upgraded",
                                                      "tenant:plan:downgraded",
                                                      "tenant:plan:renewed",
                                                      "tenant:settings:changed",
                                                      "tenant:domain:verified",
                                                      "tenant:account:suspended",
                                                      "tenant:account:reactivated",
                                                      "tenant:account:deleted"};

constexpr std::array<std::string_view, 16> kTenantNames = {
    "acme",    "globex", "initech", "umbra",  "hooli",    "stark",    "wayne",    "cyber",
    "soylent", "tyrell", "wonka",   "oscorp", "nakatomi", "aperture", "vandelay", "duff"};
constexpr std::array<std::string_view, 4> kPlans = {"free", "team", "business", "enterprise"};
constexpr std::array<std::string_view, 20> kCountries = {"DE", "US", "GB", "FR", "ES", "IT", "PL",
                                                         "NL", "SE", "AT", "CH", "IN", "BR", "JP",
                                                         "CA", "AU", "PT", "IE", "DK", "FI"};
constexpr std::array<std::string_view, 5> kRegions = {"eu-central-1", "eu-west-1", "us-east-1",
                                                      "us-west-2", "ap-south-1"};
constexpr std::array<std::string_view, 5> kPlatforms = {"web", "ios", "android", "desktop", "api"};
constexpr std::array<std::string_view, 5> kCurrencies = {"EUR", "USD", "GBP", "PLN", "CHF"};
constexpr std::array<std::string_view, 4> kStatuses = {"ok", "ok", "slow", "error"};

/// A table of 4096 slots in which each name stands as often as its weight asks: one lookup draws a
/// name.
const std::array<uint8_t, 4096>& name_slots() {
  static const auto slots = [] {
    std::array<uint8_t, 4096> out{};
    double total = 0;
    for (size_t i = 0; i < kNames.size(); ++i) total += 1.0 / static_cast<double>(i + 4);
    double sum = 0;
    size_t slot = 0;
    for (size_t i = 0; i < kNames.size(); ++i) {
      sum += 1.0 / static_cast<double>(i + 4);
      const auto end = static_cast<size_t>(std::lround(sum / total * 4096));
      for (; slot < end && slot < out.size(); ++slot) out[slot] = static_cast<uint8_t>(i);
    }
    for (; slot < out.size(); ++slot) out[slot] = static_cast<uint8_t>(kNames.size() - 1);
    return out;
  }();
  return slots;
}

constexpr uint64_t kFirstSecond = 1767225600;  // 2026-01-01T00:00:00Z
constexpr uint32_t kTenants = 800;

/// Small numbers often, large ones seldom: squaring bends the line.
uint32_t skewed(Random& random, uint32_t limit) {
  const double u = random.unit();
  return static_cast<uint32_t>(u * u * limit);
}

}  // namespace

std::span<const std::string_view> EventGenerator::event_names() { return kNames; }

char* EventGenerator::write_event(uint64_t index, char* at) const {
  Random random(options_.seed, index);
  TextWriter out(at);
  const uint64_t uuid_high = random.next();
  const uint64_t uuid_low = random.next();
  const std::string_view name = kNames[name_slots()[random.below(4096)]];
  const uint32_t tenant = skewed(random, kTenants);
  const uint32_t user = tenant * 64 + skewed(random, 64);
  // One event each 2.6 seconds, so that a million fill a month; arriving up to ten minutes late.
  const uint64_t created_at = kFirstSecond + index * 26 / 10 + 600 - skewed(random, 600);
  const char area = name[0];

  out.text(R"({"event_uuid":")");
  out.hex(uuid_high >> 32, 8);
  out.character('-');
  out.hex(uuid_high >> 16, 4);
  out.text("-4");
  out.hex(uuid_high, 3);
  out.text("-a");
  out.hex(uuid_low >> 48, 3);
  out.character('-');
  out.hex(uuid_low, 12);
  out.text(R"(","event_name":")");
  out.text(name);
  out.text(R"(","created_at":)");
  out.number(created_at);
  out.text(R"(,"tenant":")");
  out.text(kTenantNames[tenant % kTenantNames.size()]);
  out.character('-');
  out.padded(tenant, 4);
  out.text(R"(","tenant_plan":")");
  out.text(kPlans[tenant % 7 % kPlans.size()]);
  out.text(R"(","user":"u-)");
  out.padded(user, 7);
  out.text(R"(","session":"s-)");
  out.hex((uint64_t{user} * 0x9E3779B1u) ^ (created_at / 1800), 12);
  out.text(R"(","country":")");
  out.text(kCountries[(user * 7 + skewed(random, 3)) % kCountries.size()]);
  out.text(R"(","region":")");
  out.text(kRegions[tenant % kRegions.size()]);
  out.text(R"(","platform":")");
  out.text(kPlatforms[random.below(kPlatforms.size())]);
  out.text(R"(","app_version":")");
  out.number(3 + random.below(2));
  out.character('.');
  out.number(random.below(20));
  out.character('.');
  out.number(random.below(10));
  out.text(R"(","ip":"10.)");
  out.number(tenant % 256);
  out.character('.');
  out.number(user % 256);
  out.character('.');
  out.number(1 + random.below(254));
  const std::string_view status = kStatuses[random.below(100) < 94 ? 0 : 2 + random.below(2)];
  out.text(R"(","status":")");
  out.text(status);
  out.text(R"(","success":)");
  out.text(status == "error" ? "false" : "true");
  out.text(R"(,"duration_ms":)");
  out.number(5 + skewed(random, 200) * skewed(random, 60));
  switch (area) {
    case 'p':
    case 's':
      out.text(R"(,"order":"o-)");
      out.padded(random.below(90000000), 8);
      out.text(R"(","amount":)");
      out.cents(99 + skewed(random, 49900));
      out.text(R"(,"currency":")");
      out.text(kCurrencies[tenant % kCurrencies.size()]);
      out.text(R"(","quantity":)");
      out.number(1 + skewed(random, 12));
      break;
    case 'j':
      out.text(R"(,"job":"j-)");
      out.hex(random.next(), 10);
      out.text(R"(","quantity":)");
      out.number(skewed(random, 5000));
      break;
    case 'l':
      out.text(R"(,"lesson":"lesson-)");
      out.padded(skewed(random, 1200), 4);
      out.character('"');
      break;
    default:
      break;
  }
  out.text(R"(,"request_id":")");
  out.hex(random.next(), 16);
  out.text(R"(","metrics":{"cpu_ms":)");
  out.number(1 + skewed(random, 900));
  out.text(R"(,"memory_mb":)");
  out.number(16 + skewed(random, 2000));
  out.text(R"(,"queue_ms":)");
  out.number(skewed(random, 400));
  out.text(R"(,"score":)");
  out.text("0.");
  out.padded(random.below(1000), 3);
  out.text("}}\n");
  return out.end();
}

char* EventGenerator::write_malformed(uint64_t index, char* at) const {
  Random random(options_.seed ^ 0xBADBADBADu, index);
  TextWriter out(at);
  switch (random.below(5)) {
    case 0:  // one part instead of three
      out.text(R"({"event_uuid":"bad-)");
      out.number(index);
      out.text(R"(","event_name":"login","created_at":)");
      out.number(kFirstSecond + index);
      out.text("}\n");
      break;
    case 1:  // no number
      out.text(R"({"event_uuid":"bad-)");
      out.number(index);
      out.text(R"(","event_name":"user:session:login","created_at":"yesterday"})"
               "\n");
      break;
    case 2:  // no name
      out.text(R"({"event_uuid":"bad-)");
      out.number(index);
      out.text(R"(","created_at":)");
      out.number(kFirstSecond + index);
      out.text("}\n");
      break;
    case 3: {  // cut in the middle, as by a writer that died
      char* const end = write_event(index, at);
      char* const cut = at + (end - at) / 2;
      *cut = '\n';
      return cut + 1;
    }
    default:  // a name of another type
      out.text(R"({"event_uuid":"bad-)");
      out.number(index);
      out.text(R"(","event_name":42,"created_at":)");
      out.number(kFirstSecond + index);
      out.text("}\n");
  }
  return out.end();
}

char* EventGenerator::write(uint64_t index, char* at) const {
  if (options_.duplicates > 0 || options_.malformed > 0) {
    Random fate(options_.seed ^ 0x5EEDFA7Eu, index);
    const double draw = fate.unit();
    if (draw < options_.malformed) return write_malformed(index, at);
    // Repeats come soon after the original, as redelivered messages do.
    if (draw < options_.malformed + options_.duplicates && index > 0) {
      const auto reach = static_cast<uint32_t>(std::min<uint64_t>(index, 20000));
      for (int attempt = 0; attempt < 32; ++attempt) {
        const uint64_t original = index - 1 - fate.below(reach);
        const double its_draw = Random(options_.seed ^ 0x5EEDFA7Eu, original).unit();
        if (its_draw >= options_.malformed + options_.duplicates) return write_event(original, at);
      }
    }
  }
  return write_event(index, at);
}

}  // namespace tarn::cli
