// Painless scripts and expressions: compiled, and run within small limits.
#include "indexer/base/error.h"
#include "indexer/script/script.h"
#include "tests/fuzz/target.h"

using tarn::script::Context;

std::vector<std::string> fuzz_seeds() {
  return {"int f(int n) { if (n < 2) { return n } return f(n - 1) + f(n - 2) } def m = ['a': [1, 2.5f, 'x']]; m.b = f(7); return m.a[0] + m?.c",
          "def s = ''; for (e in ['a':1,'b':2].entrySet()) { s += e.getKey() + '=' + e.getValue() } return s =~ /a=\\d/ ? s.substring(1, 3) : null",
          "List l = new ArrayList([3,1,2]); l.sort((x, y) -> x - y); l.removeIf(x -> x > 2); return l.stream().map(x -> x * 2).collect(Collectors.toList())",
          "try { Integer.parseInt('x') } catch (NumberFormatException e) { throw new IllegalArgumentException(e.getMessage()) }",
          "ZonedDateTime d = ZonedDateTime.parse('2024-02-29T10:15:30Z'); return d.plusMonths(params.n).format(DateTimeFormatter.ofPattern('yyyy-MM-dd'))",
          "int x = 1; long y = 2L; do { x <<= 1; y += x } while (x < 100); int[] a = new int[3]; a[-1] = (int)y; StringBuilder b = new StringBuilder(); b.append(a[2]).reverse(); return b.toString() + (byte)x"};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string source(reinterpret_cast<const char*>(data), size);
  for (const char* lang : {"painless", "expression"}) {
    try {
      const bool painless = lang[0] == 'p';
      tarn::script::Run run(tarn::script::compile(lang, source, painless ? Context::kTest : Context::kNumberSort), tarn::Json{{"n", 3}}, 1 << 20);
      run.limit_steps(20000);
      tarn::script::java_text(run.execute());
    } catch (const tarn::ApiError&) {
    } catch (const tarn::script::Thrown&) {  // the result's own toString
    }
  }
  return 0;
}
