// What GET _script_context and GET _script_language answer: recorded from OpenSearch 3.8.0.
#include "server/api/script_contexts.h"

namespace tarn::server {

const char* const kScriptContexts =
    R"json({"contexts":[
{"name":"aggregation_selector","methods":[{"name":"execute","return_type":"boolean","params":[]},{"name":"getParams","return_type":"java.util.Map","params":[]}]},
{"name":"aggs","methods":[{"name":"execute","return_type":"java.lang.Object","params":[]},{"name":"getDoc","return_type":"java.util.Map","params":[]},{"name":"getParams","return_type":"java.util.Map","params":[]},{"name":"get_score","return_type":"java.lang.Number","params":[]},{"name":"get_value","return_type":"java.lang.Object","params":[]}]},
{"name":"aggs_combine","methods":[{"name":"execute","return_type":"java.lang.Object","params":[]},{"name":"getParams","return_type":"java.util.Map","params":[]},{"name":"getState","return_type":"java.util.Map","params":[]}]},
{"name":"aggs_init","methods":[{"name":"execute","return_type":"void","params":[]},{"name":"getParams","return_type":"java.util.Map","params":[]},{"name":"getState","return_type":"java.lang.Object","params":[]}]},
{"name":"aggs_map","methods":[{"name":"execute","return_type":"void","params":[]},{"name":"getDoc","return_type":"java.util.Map","params":[]},{"name":"getParams","return_type":"java.util.Map","params":[]},{"name":"getState","return_type":"java.util.Map","params":[]},{"name":"get_score","return_type":"double","params":[]}]},
{"name":"aggs_reduce","methods":[{"name":"execute","return_type":"java.lang.Object","params":[]},{"name":"getParams","return_type":"java.util.Map","params":[]},{"name":"getStates","return_type":"java.util.List","params":[]}]},
{"name":"analysis","methods":[{"name":"execute","return_type":"boolean","params":[{"type":"org.opensearch.analysis.common.AnalysisPredicateScript$Token","name":"token"}]}]},
{"name":"bucket_aggregation","methods":[{"name":"execute","return_type":"java.lang.Number","params":[]},{"name":"getParams","return_type":"java.util.Map","params":[]}]},
{"name":"context_aware_grouping","methods":[{"name":"execute","return_type":"java.lang.String","params":[{"type":"java.util.Map","name":"ctx"}]}]},
{"name":"derived_field","methods":[{"name":"execute","return_type":"void","params":[]},{"name":"getDoc","return_type":"java.util.Map","params":[]},{"name":"getEmittedValues","return_type":"java.util.List","params":[]},{"name":"getParams","return_type":"java.util.Map","params":[]}]},
{"name":"field","methods":[{"name":"execute","return_type":"java.lang.Object","params":[]},{"name":"getDoc","return_type":"java.util.Map","params":[]},{"name":"getParams","return_type":"java.util.Map","params":[]}]},
{"name":"filter","methods":[{"name":"execute","return_type":"boolean","params":[]},{"name":"getDoc","return_type":"java.util.Map","params":[]},{"name":"getParams","return_type":"java.util.Map","params":[]}]},
{"name":"ingest","methods":[{"name":"execute","return_type":"void","params":[{"type":"java.util.Map","name":"ctx"}]},{"name":"getParams","return_type":"java.util.Map","params":[]}]},
{"name":"interval","methods":[{"name":"execute","return_type":"boolean","params":[{"type":"org.opensearch.index.query.IntervalFilterScript$Interval","name":"interval"}]}]},
{"name":"moving-function","methods":[{"name":"execute","return_type":"double","params":[{"type":"java.util.Map","name":"params"},{"type":"double[]","name":"values"}]}]},
{"name":"number_sort","methods":[{"name":"execute","return_type":"double","params":[]},{"name":"getDoc","return_type":"java.util.Map","params":[]},{"name":"getParams","return_type":"java.util.Map","params":[]},{"name":"get_score","return_type":"double","params":[]}]},
{"name":"painless_test","methods":[{"name":"execute","return_type":"java.lang.Object","params":[]},{"name":"getParams","return_type":"java.util.Map","params":[]}]},
{"name":"processor_conditional","methods":[{"name":"execute","return_type":"boolean","params":[{"type":"java.util.Map","name":"ctx"}]},{"name":"getParams","return_type":"java.util.Map","params":[]}]},
{"name":"score","methods":[{"name":"execute","return_type":"double","params":[{"type":"org.opensearch.script.ScoreScript$ExplanationHolder","name":"explanation"}]},{"name":"getDoc","return_type":"java.util.Map","params":[]},{"name":"getParams","return_type":"java.util.Map","params":[]},{"name":"get_score","return_type":"double","params":[]}]},
{"name":"script_heuristic","methods":[{"name":"execute","return_type":"double","params":[{"type":"java.util.Map","name":"params"}]}]},
{"name":"search","methods":[{"name":"execute","return_type":"void","params":[{"type":"java.util.Map","name":"ctx"}]},{"name":"getParams","return_type":"java.util.Map","params":[]}]},
{"name":"similarity","methods":[{"name":"execute","return_type":"double","params":[{"type":"double","name":"weight"},{"type":"org.opensearch.index.similarity.ScriptedSimilarity$Query","name":"query"},{"type":"org.opensearch.index.similarity.ScriptedSimilarity$Field","name":"field"},{"type":"org.opensearch.index.similarity.ScriptedSimilarity$Term","name":"term"},{"type":"org.opensearch.index.similarity.ScriptedSimilarity$Doc","name":"doc"}]}]},
{"name":"similarity_weight","methods":[{"name":"execute","return_type":"double","params":[{"type":"org.opensearch.index.similarity.ScriptedSimilarity$Query","name":"query"},{"type":"org.opensearch.index.similarity.ScriptedSimilarity$Field","name":"field"},{"type":"org.opensearch.index.similarity.ScriptedSimilarity$Term","name":"term"}]}]},
{"name":"string_sort","methods":[{"name":"execute","return_type":"java.lang.String","params":[]},{"name":"getDoc","return_type":"java.util.Map","params":[]},{"name":"getParams","return_type":"java.util.Map","params":[]},{"name":"get_score","return_type":"double","params":[]}]},
{"name":"template","methods":[{"name":"execute","return_type":"java.lang.String","params":[]},{"name":"getParams","return_type":"java.util.Map","params":[]}]},
{"name":"terms_set","methods":[{"name":"execute","return_type":"java.lang.Number","params":[]},{"name":"getDoc","return_type":"java.util.Map","params":[]},{"name":"getParams","return_type":"java.util.Map","params":[]}]},
{"name":"update","methods":[{"name":"execute","return_type":"void","params":[]},{"name":"getCtx","return_type":"java.util.Map","params":[]},{"name":"getParams","return_type":"java.util.Map","params":[]}]}
]})json";

const char* const kScriptLanguages =
    R"json({"types_allowed":["inline","stored"],"language_contexts":[{"language":"expression","contexts":["aggregation_selector","aggs","bucket_aggregation","field","filter","number_sort","score","terms_set"]},{"language":"mustache","contexts":["template"]},{"language":"painless","contexts":["aggregation_selector","aggs","aggs_combine","aggs_init","aggs_map","aggs_reduce","analysis","bucket_aggregation","context_aware_grouping","derived_field","field","filter","ingest","interval","moving-function","number_sort","painless_test","processor_conditional","score","script_heuristic","search","similarity","similarity_weight","string_sort","template","terms_set","update"]}]})json";

}  // namespace tarn::server
