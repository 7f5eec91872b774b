// community_id: the Community ID of a network flow (github.com/corelight/community-id-spec), with OpenSearch's errors.
#include <arpa/inet.h>

#include "indexer/base/base64.h"
#include "indexer/pipeline/digest.h"
#include "indexer/pipeline/processor.h"

namespace tarn {
namespace {

enum Protocol : int { kIcmp = 1, kTcp = 6, kUdp = 17, kIcmp6 = 58, kSctp = 132 };

struct ProtocolName {
  std::string_view name;
  int number;
};
constexpr ProtocolName kProtocols[] = {{"icmp", kIcmp}, {"tcp", kTcp}, {"udp", kUdp}, {"ipv6-icmp", kIcmp6}, {"sctp", kSctp}};

struct IcmpPair {
  int protocol, one, other;
};
/// Requests and the answers to them: the other's type stands in for the port.
constexpr IcmpPair kIcmpPairs[] = {{kIcmp, 8, 0},      {kIcmp, 10, 9},     {kIcmp, 13, 14},    {kIcmp, 15, 16},   {kIcmp, 17, 18},
                                   {kIcmp6, 128, 129}, {kIcmp6, 130, 131}, {kIcmp6, 133, 134}, {kIcmp6, 135, 136}, {kIcmp6, 139, 140},
                                   {kIcmp6, 144, 145}};

int answer_of(int protocol, int type) {
  for (const IcmpPair& pair : kIcmpPairs) {
    if (pair.protocol != protocol) continue;
    if (pair.one == type) return pair.other;
    if (pair.other == type) return pair.one;
  }
  return -1;
}

/// Four or sixteen bytes; nothing for what is no address.
std::string address_bytes(const std::string& text) {
  char out[16];
  if (inet_pton(AF_INET, text.c_str(), out) == 1) return {out, 4};
  if (inet_pton(AF_INET6, text.c_str(), out) == 1) return {out, 16};
  return {};
}

std::string big_endian(int value) { return {static_cast<char>(value >> 8 & 0xFF), static_cast<char>(value & 0xFF)}; }

class CommunityIdProcessor final : public Processor {
 public:
  CommunityIdProcessor(ProcessorConfig& config, const BuildContext&)
      : source_ip_(config.text("source_ip_field")), source_port_(config.optional_text("source_port_field").value_or("")),
        destination_ip_(config.text("destination_ip_field")),
        destination_port_(config.optional_text("destination_port_field").value_or("")),
        number_(config.optional_text("iana_protocol_number_field")), protocol_(config.optional_text("protocol_field")),
        icmp_type_(config.optional_text("icmp_type_field").value_or("")), icmp_code_(config.optional_text("icmp_code_field").value_or("")),
        target_(config.text("target_field", "community_id")), ignore_missing_(config.boolean("ignore_missing", false)) {
    if (const auto seed = config.optional_value("seed")) {
      const std::string text = java_text(*seed);
      char* end = nullptr;
      const long value = std::strtol(text.c_str(), &end, 10);
      if (text.empty() || *end != 0) throw ApiError(config.error("seed", fmt::format("property cannot be converted to an int [{}]", text)));
      if (value < 0 || value > 65535) throw ApiError(config.error("seed", "seed must be between 0 and 65535"));
      seed_ = static_cast<int>(value);
    }
  }

  bool execute(WorkDocument& document) const override {
    std::string source, destination;
    if (!read_address(document, source_ip_, source) || !read_address(document, destination_ip_, destination)) return true;
    if (source.size() != destination.size()) throw ApiError(illegal_argument("source ip and destination ip must have same format"));
    const int protocol = read_protocol(document);
    if (protocol < 0) return true;
    int from = 0, to = 0;
    bool one_way = false;
    const bool icmp = protocol == kIcmp || protocol == kIcmp6;
    if (icmp ? !read_icmp(document, protocol, from, to, one_way) : !read_ports(document, from, to)) return true;
    if (!one_way && (source > destination || (source == destination && from > to))) {
      source.swap(destination);
      std::swap(from, to);
    }
    const std::string flow = big_endian(seed_) + source + destination + static_cast<char>(protocol) + '\0' + big_endian(from) + big_endian(to);
    document.set(target_, "1:" + encode_base64(sha1(flow)));
    return true;
  }

 private:
  /// False where it is missing and that is ignored.
  bool read_address(const WorkDocument& document, const std::string& field, std::string& out) const {
    const Json* value = document.find(field);
    const std::string* text = value == nullptr || value->is_null() ? nullptr : cast_to_string(field, *value);
    if (text == nullptr || text->empty()) {
      if (ignore_missing_) return false;
      throw ApiError(illegal_argument(fmt::format("ip address in the field [{}] is null or empty", field)));
    }
    out = address_bytes(*text);
    if (out.empty()) throw ApiError(illegal_argument(fmt::format("ip address [{}] in the field [{}] is not a valid ipv4/ipv6 address", *text, field)));
    return true;
  }

  static std::optional<int64_t> read_int(const WorkDocument& document, const std::string& field) {
    const Json* value = document.find(field);
    if (value == nullptr || value->is_null()) return std::nullopt;
    if (!value->is_number_integer()) {
      throw ApiError(illegal_argument(fmt::format("field [{}] of type [{}] cannot be cast to [java.lang.Integer]", field, java_type(*value))));
    }
    return value->get<int64_t>();
  }

  int read_protocol(const WorkDocument& document) const {
    if (number_ && !number_->empty()) {
      if (const auto number = read_int(document, *number_)) {
        for (const ProtocolName& known : kProtocols) {
          if (known.number == *number) return known.number;
        }
        throw ApiError(illegal_argument(fmt::format("unsupported iana protocol number [{}]", *number)));
      }
    }
    if (protocol_ && !protocol_->empty()) {
      const Json* value = document.find(*protocol_);
      const std::string* text = value == nullptr || value->is_null() ? nullptr : cast_to_string(*protocol_, *value);
      if (text != nullptr && !text->empty()) {
        std::string lower = *text;
        for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        for (const ProtocolName& known : kProtocols) {
          if (known.name == lower) return known.number;
        }
        throw ApiError(illegal_argument(fmt::format("unsupported protocol [{}]", *text)));
      }
    }
    if (ignore_missing_) return -1;
    throw ApiError(illegal_argument(fmt::format("cannot resolve protocol by neither iana protocol number field [{}] nor protocol name field [{}]",
                                                number_.value_or("null"), protocol_.value_or("null"))));
  }

  bool read_ports(const WorkDocument& document, int& from, int& to) const {
    if (source_port_.empty() || destination_port_.empty()) {
      throw ApiError(illegal_argument("both source port and destination port field path cannot be null nor empty"));
    }
    return read_port(document, source_port_, from) && read_port(document, destination_port_, to);
  }

  bool read_port(const WorkDocument& document, const std::string& field, int& out) const {
    const auto port = read_int(document, field);
    if (!port) {
      if (ignore_missing_) return false;
      throw ApiError(illegal_argument(
          fmt::format("both source port and destination port cannot be null, but port in the field path [{}] is null", field)));
    }
    if (*port < 0 || *port > 65535) {
      throw ApiError(illegal_argument(fmt::format(
          "both source port and destination port must be between 0 and 65535, but port in the field path [{}] is [{}]", field, *port)));
    }
    out = static_cast<int>(*port);
    return true;
  }

  bool read_icmp(const WorkDocument& document, int protocol, int& from, int& to, bool& one_way) const {
    if (!read_icmp_part(document, icmp_type_, "type", from)) return false;
    to = answer_of(protocol, from);
    one_way = to < 0;
    return !one_way || read_icmp_part(document, icmp_code_, "code", to);
  }

  bool read_icmp_part(const WorkDocument& document, const std::string& field, std::string_view part, int& out) const {
    if (field.empty()) throw ApiError(illegal_argument(fmt::format("icmp message {} field path cannot be null nor empty", part)));
    const auto value = read_int(document, field);
    if (!value) {
      if (ignore_missing_) return false;
      throw ApiError(illegal_argument(fmt::format("icmp message {} cannot be null", part)));
    }
    if (*value < 0 || *value > 255) throw ApiError(illegal_argument(fmt::format("invalid icmp message {} [{}]", part, *value)));
    out = static_cast<int>(*value);
    return true;
  }

  const std::string source_ip_, source_port_, destination_ip_, destination_port_;
  const std::optional<std::string> number_, protocol_;
  const std::string icmp_type_, icmp_code_, target_;
  const bool ignore_missing_;
  int seed_ = 0;
};

}  // namespace

void add_community_id_processor(std::map<std::string, ProcessorFactory, std::less<>>& table) {
  table["community_id"] = make_processor<CommunityIdProcessor>;
}

}  // namespace tarn
