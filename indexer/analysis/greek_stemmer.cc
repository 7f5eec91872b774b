// Greek: George Ntais' stemmer with Saroukos' changes. Words come without accents, final sigma as σ.
#include "indexer/analysis/code_point_stemmers.h"
#include "indexer/analysis/stem_tools.h"

namespace tarn::analysis {

namespace {

bool ends_in_vowel(const std::u32string& s) { return !s.empty() && is_one_of(s.back(), U"αεηιουω"); }
bool ends_in_vowel_not_y(const std::u32string& s) { return !s.empty() && is_one_of(s.back(), U"αεηιοω"); }

void irregular_nouns(std::u32string& s) {  // rule 0
  static const SuffixTable table = {{9, 4, U"καθεστωτοσ καθεστωτων"},
                                    {8, 4, U"γεγονοτοσ γεγονοτων"},
                                    {8, 3, U"καθεστωτα"},
                                    {7, 4, U"τατογιου τατογιων"},
                                    {7, 3, U"γεγονοτα"},
                                    {7, 2, U"καθεστωσ"},
                                    {6, 4, U"σκαγιου σκαγιων ολογιου ολογιων κρεατοσ κρεατων περατοσ περατων τερατοσ τερατων"},
                                    {6, 3, U"τατογια"},
                                    {6, 2, U"γεγονοσ"},
                                    {5, 4, U"φαγιου φαγιων σογιου σογιων"},
                                    {5, 3, U"σκαγια ολογια κρεατα περατα τερατα"},
                                    {4, 3, U"φαγια σογια φωτοσ φωτων"},
                                    {4, 2, U"κρεασ περασ τερασ"},
                                    {3, 2, U"φωτα"},
                                    {2, 1, U"φωσ"}};
  table.apply(s);
}

void plural_ades(std::u32string& s) {  // rules 1 to 3
  static const SuffixTable ades = {{4, 4, U"αδεσ αδων"}};
  static const auto no_ad = split_words(U"οκ μαμ μαν μπαμπ πατερ γιαγι νταντ κυρ θει πεθερ");
  if (ades.apply(s) && !ends_with_any(s, no_ad)) s += U"αδ";
  static const SuffixTable edes = {{4, 4, U"εδεσ εδων"}};
  static const auto with_ed = split_words(U"οπ ιπ εμπ υπ γηπ δαπ κρασπ μιλ");
  if (edes.apply(s) && ends_with_any(s, with_ed)) s += U"εδ";
  static const SuffixTable oudes = {{5, 5, U"ουδεσ ουδων"}};
  static const auto with_oud = split_words(U"αρκ καλιακ πεταλ λιχ πλεξ σκ σ φλ φρ βελ λουλ χν σπ τραγ φε");
  if (oudes.apply(s) && ends_with_any(s, with_oud)) s += U"ουδ";
}

void genitives(std::u32string& s) {  // rules 4 to 6
  static const SuffixTable eos = {{3, 3, U"εωσ εων"}};
  static const StemSet with_e(U"θ δ ελ γαλ ν π ιδ παρ");
  if (eos.apply(s) && with_e.contains(s)) s += U"ε";
  static const SuffixTable ia = {{2, 2, U"ια"}, {3, 3, U"ιου ιων"}};
  if (ia.apply(s) && ends_in_vowel(s)) s += U"ι";
  static const SuffixTable ika = {{3, 3, U"ικα ικο"}, {4, 4, U"ικου ικων"}};
  static const StemSet with_ik(
      U"αλ αδ ενδ αμαν αμμοχαλ ηθ ανηθ αντιδ φυσ βρωμ γερ εξωδ καλπ καλλιν καταδ μουλ μπαν μπαγιατ μπολ μποσ νιτ ξικ "
      U"συνομηλ πετσ πιτσ πικαντ πλιατσ ποστελν πρωτοδ σερτ συναδ τσαμ υποδ φιλον φυλοδ χασ");
  if (ika.apply(s) && (ends_in_vowel(s) || with_ik.contains(s))) s += U"ικ";
}

void verbs_ame(std::u32string& s) {  // rule 7
  if (s == U"αγαμε") return drop(s, 1);
  static const SuffixTable longer = {{7, 7, U"ηθηκαμε"}, {6, 6, U"ουσαμε"}, {5, 5, U"αγαμε ησαμε ηκαμε"}};
  longer.apply(s);
  static const SuffixTable ame = {{3, 3, U"αμε"}};
  static const StemSet with_am(U"αναπ αποθ αποκ αποστ βουβ ξεθ ουλ πεθ πικρ ποτ σιχ χ");
  if (ame.apply(s) && with_am.contains(s)) s += U"αμ";
}

void verbs_ane(std::u32string& s) {  // rule 8
  static const SuffixTable longer = {{8, 8, U"ιουντανε"}, {7, 7, U"ιοντανε"},        {6, 7, U"ουντανε ηθηκανε"},
                                     {6, 6, U"ιοτανε"},   {5, 6, U"οντανε ουσανε"},  {5, 5, U"αγανε"},
                                     {4, 5, U"ησανε οτανε ηκανε"}};
  static const StemSet with_agan(U"τρ τσ");
  if (longer.apply(s) && with_agan.contains(s)) s += U"αγαν";
  static const SuffixTable ane = {{3, 3, U"ανε"}};
  static const StemSet with_an(
      U"βετερ βουλκ βραχμ γ δραδουμ θ καλπουζ καστελ κορμορ λαοπλ μωαμεθ μ μουσουλμ ν ουλ π πελεκ πλ πολισ πορτολ "
      U"σαρακατσ σουλτ τσαρλατ ορφ τσιγγ τσοπ φωτοστεφ χ ψυχοπλ αγ γαλ γερ δεκ διπλ αμερικαν ουρ πιθ πουριτ σ ζωντ ικ "
      U"καστ κοπ λιχ λουθηρ μαιντ μελ σιγ σπ στεγ τραγ τσαγ φ ερ αδαπ αθιγγ αμηχ ανικ ανοργ απηγ απιθ ατσιγγ βασ βασκ "
      U"βαθυγαλ βιομηχ βραχυκ διατ διαφ ενοργ θυσ καπνοβιομηχ καταγαλ κλιβ κοιλαρφ λιβ μεγλοβιομηχ μικροβιομηχ νταβ "
      U"ξηροκλιβ ολιγοδαμ ολογαλ πενταρφ περηφ περιτρ πλατ πολυδαπ πολυμηχ στεφ ταβ τετ υπερηφ υποκοπ χαμηλοδαπ ψηλοταβ");
  if (ane.apply(s) && (ends_in_vowel_not_y(s) || with_an.contains(s))) s += U"αν";
}

void verbs_ete(std::u32string& s) {  // rule 9
  static const SuffixTable hsete = {{5, 5, U"ησετε"}};
  hsete.apply(s);
  static const SuffixTable ete = {{3, 3, U"ετε"}};
  static const StemSet words(
      U"αβαρ βεν εναρ αβρ αδ αθ αν απλ βαρον ντρ σκ κοπ μπορ νιφ παγ παρακαλ σερπ σκελ συρφ τοκ υ δ εμ θαρρ θ");
  static const auto endings = split_words(
      U"οδ αιρ φορ ταθ διαθ σχ ενδ ευρ τιθ υπερθ ραθ ενθ ροθ σθ πυρ αιν συνδ συν συνθ χωρ πον βρ καθ ευθ εκθ νετ ρον "
      U"αρκ βαρ βολ ωφελ");
  if (ete.apply(s) && (words.contains(s) || ends_in_vowel_not_y(s) || ends_with_any(s, endings))) s += U"ετ";
}

void participles(std::u32string& s) {  // rules 10 to 12
  if (s.size() > 5 && (ends(s, U"οντασ") || ends(s, U"ωντασ"))) {
    drop(s, 5);
    if (s == U"αρχ") s += U"οντ";
    if (ends(s, U"κρε")) s += U"ωντ";
  }
  if (s.size() > 6 && ends(s, U"ομαστε")) {
    // The longer ending is never met: it ends in this one too.
    drop(s, 6);
    if (s == U"ον") s += U"ομαστ";
  }
  static const SuffixTable ieste = {{5, 5, U"ιεστε"}};
  static const StemSet with_iest(U"π απ συμπ ασυμπ ακαταπ αμεταμφ");
  if (ieste.apply(s) && with_iest.contains(s)) s += U"ιεστ";
  static const SuffixTable este = {{4, 4, U"εστε"}};
  static const StemSet with_est(U"αλ αρ εκτελ ζ μ ξ παρακαλ προ νισ");
  if (este.apply(s) && with_est.contains(s)) s += U"εστ";
}

void verbs_hka(std::u32string& s) {  // rule 13
  static const SuffixTable longer = {{6, 6, U"ηθηκεσ"}, {5, 5, U"ηθηκα ηθηκε"}};
  longer.apply(s);
  static const SuffixTable hka = {{4, 4, U"ηκεσ"}, {3, 3, U"ηκα ηκε"}};
  static const StemSet words(U"διαθ θ παρακαταθ προσθ συνθ");
  static const auto endings = split_words(U"σκωλ σκουλ ναρθ σφ οθ πιθ");
  if (hka.apply(s) && (words.contains(s) || ends_with_any(s, endings))) s += U"ηκ";
}

void verbs_ousa_aga(std::u32string& s) {  // rules 14 and 15
  static const SuffixTable ousa = {{5, 5, U"ουσεσ"}, {4, 4, U"ουσα ουσε"}};
  static const StemSet with_ous(
      U"φαρμακ χαδ αγκ αναρρ βρομ εκλιπ λαμπιδ λεχ μ πατ ρ λ μεδ μεσαζ υποτειν αμ αιθ ανηκ δεσποζ ενδιαφερ δε δευτερευ "
      U"καθαρευ πλε τσα");
  static const auto ous_endings = split_words(U"ποδαρ βλεπ πανταχ φρυδ μαντιλ μαλλ κυματ λαχ ληγ φαγ ομ πρωτ");
  if (ousa.apply(s) && (with_ous.contains(s) || ends_in_vowel(s) || ends_with_any(s, ous_endings))) s += U"ουσ";
  static const SuffixTable aga = {{4, 4, U"αγεσ"}, {3, 3, U"αγα αγε"}};
  static const StemSet with_ag(
      U"αβαστ πολυφ αδηφ παμφ ρ ασπ αφ αμαλ αμαλλι ανυστ απερ ασπαρ αχαρ δερβεν δροσοπ ξεφ νεοπ νομοτ ολοπ ομοτ προστ "
      U"προσωποπ συμπ συντ τ υποτ χαρ αειπ αιμοστ ανυπ αποτ αρτιπ διατ εν επιτ κροκαλοπ σιδηροπ λ ναυ ουλαμ ουρ π τρ μ");
  static const auto ag_endings = split_words(U"οφ πελ χορτ λλ σφ ρπ φρ πρ λοχ σμην");
  static const StemSet without_ag(U"ψοφ ναυλοχ");
  if (aga.apply(s) && (with_ag.contains(s) || ends_with_any(s, ag_endings)) && !without_ag.contains(s) && !ends(s, U"κολλ")) {
    s += U"αγ";
  }
}

void verbs_hse_oune(std::u32string& s) {  // rules 16 to 19
  static const SuffixTable hse = {{4, 4, U"ησου"}, {3, 3, U"ησε ησα"}};
  static const StemSet with_hs(U"ν χερσον δωδεκαν ερημον μεγαλον επταν");
  if (hse.apply(s) && with_hs.contains(s)) s += U"ησ";
  static const SuffixTable hste = {{4, 4, U"ηστε"}};
  static const StemSet with_hst(U"ασβ σβ αχρ χρ απλ αειμν δυσχρ ευχρ κοινοχρ παλιμψ");
  if (hste.apply(s) && with_hst.contains(s)) s += U"ηστ";
  static const SuffixTable oune = {{6, 6, U"ησουνε ηθουνε"}, {4, 4, U"ουνε"}};
  static const StemSet with_oun(U"ν ρ σπι στραβομουτσ κακομουτσ εξων");
  if (oune.apply(s) && with_oun.contains(s)) s += U"ουν";
  static const SuffixTable oume = {{6, 6, U"ησουμε ηθουμε"}, {4, 4, U"ουμε"}};
  static const StemSet with_oum(U"παρασουσ φ χ ωριοπλ αζ αλλοσουσ ασουσ");
  if (oume.apply(s) && with_oum.contains(s)) s += U"ουμ";
}

void long_list(std::u32string& s) {  // rule 21
  static const SuffixTable table = {
      {9, 9, U"ιοντουσαν"},
      {8, 8, U"ιομασταν ιοσασταν ιουμαστε οντουσαν"},
      {7, 7, U"ιεμαστε ιεσαστε ιομουνα ιοσαστε ιοσουνα ιουνται ιουνταν ηθηκατε ομασταν οσασταν ουμαστε"},
      {6, 6, U"ιομουν ιονταν ιοσουν ηθειτε ηθηκαν ομουνα οσαστε οσουνα ουνται ουνταν ουσατε"},
      {5, 5, U"αγατε ιεμαι ιεται ιεσαι ιοταν ιουμα ηθεισ ηθουν ηκατε ησατε ησουν ομουν ονται ονταν οσουν ουμαι ουσαν"},
      {4, 4, U"αγαν αμαι ασαι αται ειτε εσαι εται ηδεσ ηδων ηθει ηκαν ησαν ησει ησεσ ομαι οταν"},
      {3, 3, U"αει εισ ηθω ησω ουν ουσ"},
      {2, 2, U"αν ασ αω ει εσ ησ οι οσ ου υσ ων"},
      {1, 1, U"α ε η ι ο υ ω"}};
  table.apply(s);
}

}  // namespace

void stem_greek(std::u32string& s) {
  if (s.size() < 4) return;
  size_t before = s.size();
  irregular_nouns(s);
  plural_ades(s);
  genitives(s);
  verbs_ame(s);
  verbs_ane(s);
  verbs_ete(s);
  participles(s);
  verbs_hka(s);
  verbs_ousa_aga(s);
  verbs_hse_oune(s);
  static const SuffixTable mata = {{5, 3, U"ματων ματοσ"}, {4, 2, U"ματα"}};  // rule 20
  mata.apply(s);
  if (s.size() == before) long_list(s);
  static const SuffixTable comparatives = {{4, 5, U"εστερ εστατ"}, {3, 4, U"οτερ οτατ υτερ υτατ ωτερ ωτατ"}};  // rule 22
  comparatives.apply(s);
}

}  // namespace tarn::analysis
