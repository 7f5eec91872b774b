#include <strings.h>

#include <cstring>

#include "indexer/analysis/grammar_tokenizer.h"
#include "indexer/analysis/text.h"
#include "indexer/analysis/top_level_domains.h"

namespace tarn::analysis {

namespace {

// The pieces of the grammar of Lucene's UAX29URLEmailTokenizer (RFC 3986, 1738, 5321, 5322), each an automaton. That a
// host ends in a top level domain is looked up instead of being part of an automaton, which 1,400 names would make huge.
struct Pieces {
  static CharSet alnum() { return {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}; }
  static Re chars(std::u32string_view more) {
    CharSet set = alnum();
    for (char32_t c : more) set.add(c, c);
    return re_set(set);
  }
  static Re text(std::string_view t) { return re_text(t, true); }
  static Re range(char32_t from, char32_t to) { return re_set(CharSet{{from, to}}); }

  Re domain_label = re_seq({re_set(alnum()), re_optional(re_seq({re_star(chars(U"-")), re_set(alnum())}))});
  Re domain_loose = re_seq({domain_label, re_star(re_seq({text("."), domain_label}))});
  Re octet = re_alt({re_seq({re_repeat(text("0"), 0, 2), range('0', '9')}),
                     re_seq({re_optional(text("0")), range('1', '9'), range('0', '9')}),
                     re_seq({text("1"), range('0', '9'), range('0', '9')}),
                     re_seq({text("2"), re_alt({re_seq({range('0', '4'), range('0', '9')}), re_seq({text("5"), range('0', '5')})})})});
  Re ipv4 = re_seq({octet, re_repeat(re_seq({text("."), octet}), 3, 3)});
  Re hex16 = re_repeat(re_set(CharSet{{'0', '9'}, {'A', 'F'}, {'a', 'f'}}), 1, 4);
  Re ipv6 = make_ipv6();
  Re ipv6_host = re_seq({text("["), ipv6, text("]")});
  Re host_loose = re_alt({ipv6_host, ipv4, domain_loose});

  Re percent = re_seq({text("%"), re_repeat(re_set(CharSet{{'0', '9'}, {'A', 'F'}, {'a', 'f'}}), 2, 2)});
  Re login_part = re_star(re_alt({chars(U"-._~!$&'()*+,;="), percent}));
  Re login = re_seq({login_part, re_optional(re_seq({text(":"), login_part})), text("@")});
  Re query_chars = re_star(re_alt({chars(U"-._~!$&'()*+,;=:@/?"), percent}));
  Re query = re_seq({text("?"), query_chars});
  Re fragment = re_seq({text("#"), query_chars});
  Re port = re_seq({text(":"), re_repeat(range('0', '9'), 1, 5)});
  Re http_path = re_plus(re_seq({text("/"), re_star(re_alt({chars(U"-._~;:@&="), percent}))}));
  Re http_tail = re_seq({re_optional(port), re_optional(http_path), re_optional(query), re_optional(fragment)});
  Re ftp_segment = re_star(re_alt({chars(U"-._~?:@&="), percent}));
  Re ftp_path = re_plus(re_seq({text("/"), ftp_segment}));

  Re make_ipv6() const {
    Re group = re_seq({hex16, text(":")});
    Re least = re_alt({ipv4, re_seq({hex16, text(":"), hex16})});
    auto groups = [&](int n) { return re_repeat(group, n, n); };
    auto before = [&](int n) { return re_optional(re_seq({re_repeat(group, 0, n), hex16})); };
    Re gap = text("::");
    return re_alt({re_seq({groups(6), least}), re_seq({gap, groups(5), least}),
                   re_seq({before(0), gap, groups(4), least}), re_seq({before(1), gap, groups(3), least}),
                   re_seq({before(2), gap, groups(2), least}), re_seq({before(3), gap, groups(1), least}),
                   re_seq({before(4), gap, least}), re_seq({before(5), gap, hex16}), re_seq({before(6), gap})});
  }

  Re full_url() const {
    Re http = re_seq({text("http"), re_optional(text("s")), text("://"), re_optional(login), host_loose, http_tail});
    Re type = re_seq({text(";type="), re_set(CharSet::of(U"aAiIdD"))});
    Re ftp = re_seq({text("ftp://"), re_optional(login), host_loose, re_optional(port), ftp_path, re_optional(type),
                     re_optional(fragment)});
    Re file = re_seq({text("file://"), re_optional(host_loose), ftp_path, re_optional(fragment)});
    return re_alt({http, ftp, file});
  }

  // Everything of an address up to and with the @.
  static Re local_part() {
    Re atom = re_plus(chars(U"!#$%&'*+-/=?^_`{|}~"));
    Re escaped = re_seq({re_text("\\"), range(0, 0x7F)});
    Re quoted_char = re_set(CharSet{{1, 8}, {0xB, 0xC}, {0xE, 0x21}, {0x23, 0x5B}, {0x5D, 0x7E}});
    Re quoted = re_seq({re_text("\""), re_star(re_alt({quoted_char, escaped})), re_text("\"")});
    Re label = re_alt({atom, quoted});
    return re_seq({label, re_star(re_seq({re_text("."), label})), re_text("@")});
  }
  static Re bracketed_host() {
    Re literal = re_alt({re_set(CharSet{{1, 8}, {0xB, 0xC}, {0xE, 0x5A}, {0x5E, 0x7F}}), re_seq({re_text("\\"), range(0, 0x7F)})});
    return re_seq({re_text("["), re_star(literal), re_text("]")});
  }
};

struct Automata {
  Pieces pieces;
  Automaton full_url{{pieces.full_url()}};
  Automaton domain{{pieces.domain_loose}};
  Automaton address{{re_alt({pieces.ipv6_host, pieces.ipv4})}};  // hosts that are no names
  Automaton http_tail{{pieces.http_tail}};
  Automaton local_part{{Pieces::local_part()}};
  Automaton bracketed_host{{Pieces::bracketed_host()}};
};

// The end of the longest match that begins at `p`; `p` itself if there is none.
const char* match_end(const Automaton& automaton, const char* p, const char* end) {
  const char* accepted = p;
  uint32_t state = Automaton::kStart;
  while (p < end) {
    state = automaton.next(state, automaton.class_of(next_code_point(p, end)));
    if (state == Automaton::kDead) break;
    if (automaton.accepts(state) >= 0) accepted = p;
  }
  return accepted;
}

// What may not follow a host without a scheme: it would be a part of a longer word.
bool goes_on(const char* p, const char* end) {
  char32_t c = next_code_point(p, end);
  return c == '-' || c == '_' || is_letter(c) || is_digit(c) || is_nonspacing_mark(c);
}

// The end of the longest part of [p, end), a sequence of labels, whose last label is a top level domain; p if none.
const char* strict_domain_end(const char* p, const char* end) {
  const char* label = end;
  for (const char* q = end; q > p;) {
    --q;
    if (*q != '.') continue;
    size_t size = std::min<size_t>(static_cast<size_t>(label - q - 1), kTopLevelDomainSizeMax);
    for (; size > 0; --size) {
      if (is_top_level_domain({q + 1, size})) return q + 1 + size;
    }
    label = q;
  }
  return p;
}

/// What was found at one place: the token, and how much the rule looked at (with the character behind a host).
struct Found {
  const char* end = nullptr;
  const char* seen = nullptr;
  const char* type = nullptr;
};

class UrlEmailTokenizer final : public Tokenizer {
 public:
  UrlEmailTokenizer(const Automata& automata, const Grammar& standard, int max_token_length)
      : automata_(automata), standard_(standard, {max_token_length, max_token_length}), window_(max_token_length) {}

  void tokenize(std::string_view text, TokenBuffer& out) const override {
    const char* const begin = text.data();
    const char* const end = begin + text.size();
    for (const char* p = begin; p < end;) {
      // Up to the next blank nothing special can begin unless one of these characters is there.
      const char* blank = p;
      bool special = false;
      for (; blank < end && static_cast<unsigned char>(*blank) > ' '; ++blank) {
        special = special || *blank == '.' || *blank == '@' || *blank == ':' || *blank == '[';
      }
      if (!special) {
        const char* after = blank < end ? blank + 1 : end;
        // Marks that extend a character may follow a blank run only inside one call, so the text is cut at blanks only.
        standard_part(text, p, after, out);
        p = after;
        continue;
      }
      p = special_part(text, p, blank, out);
    }
  }

 private:
  // Tokens of [p, after) by the standard grammar.
  void standard_part(std::string_view text, const char* p, const char* after, TokenBuffer& out) const {
    auto base = static_cast<uint32_t>(p - text.data());
    size_t first = out.tokens.size();
    standard_.tokenize({p, static_cast<size_t>(after - p)}, out);
    for (size_t i = first; i < out.tokens.size(); ++i) {
      out.tokens[i].start_offset += base;
      out.tokens[i].end_offset += base;
    }
  }

  // Tokens of a run without blanks; returns its end, or behind it where a quoted part goes on.
  const char* special_part(std::string_view text, const char* p, const char* blank, TokenBuffer& out) const {
    const char* const end = text.data() + text.size();
    while (p < blank) {
      const char* limit = end - p > window_ ? p + window_ : end;
      Found found = find(p, limit);
      TokenBuffer& buffer = scratch();
      buffer.tokens.clear();
      buffer.end_position = 0;
      // The first standard token decides: the longer one is taken.
      const char* standard_end = first_standard_token(p, limit, buffer);
      if (found.end != nullptr && (standard_end == nullptr || found.seen >= standard_end)) {
        add(text, p, found.end, found.type, out);
        p = found.end;
      } else if (standard_end != nullptr) {
        const Token& token = buffer.tokens[0];
        add(text, p, p + token.term.size(), token.type, out);
        p = standard_end;
      } else {
        next_code_point(p, end);
      }
    }
    return p;
  }

  static TokenBuffer& scratch() {
    thread_local TokenBuffer buffer;
    return buffer;
  }

  const char* first_standard_token(const char* p, const char* limit, TokenBuffer& buffer) const {
    // As far as a blank is enough for one token.
    const char* stop = p;
    while (stop < limit && static_cast<unsigned char>(*stop) > ' ') ++stop;
    standard_.tokenize({p, static_cast<size_t>(stop - p)}, buffer);
    if (buffer.tokens.empty() || buffer.tokens[0].start_offset != 0) return nullptr;
    return p + buffer.tokens[0].end_offset;
  }

  static void add(std::string_view text, const char* p, const char* end, const char* type, TokenBuffer& out) {
    Token token;
    token.term = {p, static_cast<size_t>(end - p)};
    token.position = out.end_position++;
    token.start_offset = static_cast<uint32_t>(p - text.data());
    token.end_offset = static_cast<uint32_t>(end - text.data());
    token.type = type;
    out.tokens.push_back(token);
  }

  Found find(const char* p, const char* limit) const {
    Found best;
    auto consider = [&best](const char* end, const char* seen, const char* type) {
      if (end != nullptr && (best.end == nullptr || seen > best.seen)) best = {end, seen, type};
    };
    constexpr const char* kUrl = "<URL>";
    const char* url = match_end(automata_.full_url, p, limit);
    if (url > p) consider(url, url, kUrl);
    const char* domain = match_end(automata_.domain, p, limit);
    const char* address = match_end(automata_.address, p, limit);
    const char* host = std::max(domain, address);
    if (host > p && host < limit && strchr(":/?#", *host) != nullptr) {
      bool strict = address == host || strict_domain_end(p, host) == host;
      const char* tail = match_end(automata_.http_tail, host, limit);
      if (strict && tail > host) consider(tail, tail, kUrl);
    }
    for (const char* strict : {strict_domain_end(p, domain), address}) {
      if (strict == p) continue;
      if (strict == limit) consider(strict, strict, kUrl);
      else if (!goes_on(strict, limit)) consider(strict, strict + 1, kUrl);
    }
    const char* mailto = p + 6;
    if (limit - p > 7 && strncasecmp(p, "mailto:", 7) == 0) {
      const char* email = email_end(p + 7, limit);
      if (email != nullptr) consider(mailto, email, "<ALPHANUM>");
    }
    const char* email = email_end(p, limit);
    if (email != nullptr) consider(email, email, "<EMAIL>");
    return best;
  }

  const char* email_end(const char* p, const char* limit) const {
    const char* host = match_end(automata_.local_part, p, limit);
    if (host == p) return nullptr;
    const char* domain = strict_domain_end(host, match_end(automata_.domain, host, limit));
    const char* bracketed = match_end(automata_.bracketed_host, host, limit);
    const char* end = std::max(domain, bracketed);
    return end > host ? end : nullptr;
  }

  const Automata& automata_;
  GrammarTokenizer standard_;
  int window_;
};

}  // namespace

TokenizerPtr make_uax_url_email_tokenizer(int max_token_length) {
  static const Automata automata;
  static const Grammar standard(standard_rules());
  return std::make_shared<UrlEmailTokenizer>(automata, standard, max_token_length);
}

}  // namespace tarn::analysis
