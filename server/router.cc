#include <algorithm>

#include "server/rest.h"

namespace tarn::server {
namespace {

std::vector<std::string_view> split_path(std::string_view path) {
  std::vector<std::string_view> out;
  if (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  while (!path.empty()) {
    const size_t end = std::min(path.find('/'), path.size());
    out.push_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return out;
}

/// Depth first, literals first. `visit(node, values)` returns true to stop. At the last segment a literal that has
/// handlers hides its parameter sibling, whatever the method: PUT /_analyze is a 405, not the index "_analyze".
template <class Node, class Visit>
bool walk(const Node& node, const std::vector<std::string_view>& segments, size_t depth,
          std::vector<std::string_view>& values, const Visit& visit) {
  if (depth == segments.size()) return !node.handlers.empty() && visit(node, values);
  const auto literal = node.literals.find(segments[depth]);
  if (literal != node.literals.end()) {
    if (walk(*literal->second, segments, depth + 1, values, visit)) return true;
    if (depth + 1 == segments.size() && !literal->second->handlers.empty()) return false;
  }
  if (!node.parameter) return false;
  values.push_back(segments[depth]);
  const bool stop = walk(*node.parameter, segments, depth + 1, values, visit);
  values.pop_back();
  return stop;
}

}  // namespace

void Router::add(Method method, std::string_view path_template, Handler handler) {
  Node* node = &root_;
  std::vector<std::string> names;
  for (const std::string_view segment : split_path(path_template)) {
    const bool parameter = segment.starts_with('{') && segment.ends_with('}');
    if (parameter) names.emplace_back(segment.substr(1, segment.size() - 2));
    auto& child = parameter ? node->parameter : node->literals[std::string(segment)];
    if (!child) child = std::make_unique<Node>();
    node = child.get();
  }
  node->handlers[method] = {std::move(handler), std::move(names)};
}

void Router::add(std::initializer_list<Method> methods, std::string_view path_template, Handler handler) {
  for (const Method method : methods) add(method, path_template, handler);
}

Router::Match Router::match(Method method, std::string_view raw_path) const {
  Match match;
  // An empty first segment is an empty index name, which means all indices: "//_search" is "/_search".
  if (raw_path.starts_with("//")) raw_path.remove_prefix(1);
  // Any other empty segment is no index and no id; OpenSearch answers "no handler found".
  if (raw_path.find("//") != raw_path.npos || !raw_path.starts_with('/')) return match;
  std::vector<std::string_view> values;
  walk(root_, split_path(raw_path), 0, values, [&](const Node& node, const std::vector<std::string_view>& found) {
    const auto it = node.handlers.find(method);
    if (it == node.handlers.end()) {
      for (const auto& entry : node.handlers) {
        if (std::find(match.allowed.begin(), match.allowed.end(), entry.first) == match.allowed.end()) {
          match.allowed.push_back(entry.first);
        }
      }
      return false;
    }
    match.handler = &it->second.first;
    match.allowed.clear();
    for (const auto& entry : node.handlers) match.allowed.push_back(entry.first);
    for (size_t i = 0; i < found.size(); ++i) {
      match.path_parameters[it->second.second[i]] = decode_uri_component(found[i], false);
    }
    return true;
  });
  std::sort(match.allowed.begin(), match.allowed.end(),
            [](Method a, Method b) { return method_name(a) < method_name(b); });
  return match;
}

}  // namespace tarn::server
