#include <gtest/gtest.h>

#include "indexer/script/script.h"

namespace tarn::script {
namespace {

/// The result as painless_test shows it, or "status type: reason" of the innermost cause.
std::string result(const std::string& source, const char* params = "{}") {
  try {
    Run run(compile("painless", source, Context::kTest), parse_json(params));
    return java_text(run.execute());
  } catch (const ApiError& error) {
    const Error* at = &error.error();
    const std::string outer = at->reason;
    while (at->cause) at = at->cause.get();
    if (at->type.ends_with("no_viable_alt_exception")) at = error.error().cause.get();
    return outer + ": " + at->type + ": " + at->reason;
  }
}

// Results recorded from OpenSearch 3.8.0, POST _scripts/painless/_execute.
struct Recorded {
  const char *source, *result;
};
constexpr Recorded kRecorded[] = {
    {"return 7/2", "3"},
    {"return 7/2.0f", "3.5"},
    {"return Integer.MAX_VALUE + 1", "-2147483648"},
    {"return (byte)300", "44"},
    {"return (int)3.99", "3"},
    {"return 5 % -3", "2"},
    {"return 0.1+0.2", "0.30000000000000004"},
    {"return 1 + 'x' + 2", "1x2"},
    {"return Math.max(2,3)", "3.0"},
    {"return ['b':1,'a':2,'ccc':3,'zz':4]", "{zz=4, a=2, b=1, ccc=3}"},
    {"return [1,2.5,null]", "[1, 2.5, null]"},
    {"def s = 0; for (def x : [1,2,3]) { s += x } return s", "6"},
    {"int fib(int n) { if (n < 2) { return n } return fib(n-1) + fib(n-2) } return fib(10)", "55"},
    {"def m = /(\\d+)-(\\d+)/.matcher('10-20'); if (m.matches()) { return m.group(1) } return null", "10"},
    {"return [5,3,9].stream().sorted().map(x -> x + 1).collect(Collectors.toList())", "[4, 6, 10]"},
    {"ZonedDateTime z = ZonedDateTime.parse('2024-02-29T10:15:30Z'); return z.plusYears(1).toString()", "2025-02-28T10:15:30Z"},
    {"return Duration.ofMinutes(135).toString()", "PT2H15M"},
    {"try { throw new Exception('x') } catch (Exception e) { return e.getMessage() }", "x"},
    {"return y", "compile error: illegal_argument_exception: cannot resolve symbol [y]"},
    {"int x = 'a'; return x", "compile error: class_cast_exception: Cannot cast from [java.lang.String] to [int]."},
    {"1 +", "compile error: illegal_argument_exception: unexpected end of script."},
    {"1+1; return 2", "compile error: illegal_argument_exception: not a statement: result not used from addition operation [+]"},
    {"String s='a'; return s.foo()", "compile error: illegal_argument_exception: member method [java.lang.String, foo/0] not found"},
    {"def s='a'; return s.foo()", "runtime error: illegal_argument_exception: dynamic method [java.lang.String, foo/0] not found"},
    {"for(;;){} ", "runtime error: painless_error: The maximum number of statements that can be executed in a loop has been reached."},
    {"def l=[1,2]; return l[5]", "runtime error: index_out_of_bounds_exception: Index 5 out of bounds for length 2"},
    {"def q=1; return q < 'a'", "runtime error: class_cast_exception: Cannot apply [<] operation to types [java.lang.Integer] and [java.lang.String]."},
    {"return 1/0", "compile error: arithmetic_exception: / by zero"},
};

TEST(painless, answers_as_opensearch_does) {
  for (const Recorded& one : kRecorded) EXPECT_EQ(result(one.source), one.result) << one.source;
}

TEST(painless, recursion_and_memory_are_bounded) {
  EXPECT_EQ(result("int f(int a){ return f(a)+1 } return f(1)"), "runtime error: stack_overflow_error: ");
  EXPECT_NE(result("def l = []; for (int i = 0; i < 999999; ++i) { l.add('xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' + i) } return 1").find("circuit_breaking_exception"), std::string::npos);
  EXPECT_NE(result(std::string(5000, '(') + "1").find("compile error"), std::string::npos);
}

TEST(painless, an_error_shows_its_statement_and_place) {
  try {
    script::Run run(compile("painless", "def x = null; return x.length()", Context::kTest), Json::object());
    run.execute();
    FAIL();
  } catch (const ApiError& error) {
    EXPECT_EQ(error.error().status, 400);
    EXPECT_EQ(error.error().members["script_stack"], Json::array({"return x.length()", "        ^---- HERE"}));
    EXPECT_EQ(error.error().members["position"], parse_json(R"({"offset":22,"start":14,"end":31})"));
  }
}

TEST(painless, objects_of_a_former_execution_are_freed) {
  script::Run run(compile("painless", "def l = []; for (int i = 0; i < 1000; ++i) { l.add('text ' + i) } return l.size()", Context::kTest), Json::object());
  for (int i = 0; i < 2000; ++i) ASSERT_EQ(java_text(run.execute()), "1000");
  EXPECT_LT(run.heap().bytes(), 8u << 20);
}

}  // namespace
}  // namespace tarn::script
