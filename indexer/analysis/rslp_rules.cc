// Rules of the RSLP stemmers: Portuguese by Viviane Moreira Orengo and Christian Huyck, Galician by the University of A
// Coruna, in the form in which Apache Lucene has them (Apache licence 2.0). A rule: suffix, minimal length of the stem,
// replacement, exceptions (parted by blanks).
#include "indexer/analysis/rslp_rules.h"

namespace tarn::analysis {

const std::vector<RslpStep> kGalicianSteps = {
    {U"Plural", 3, true, U"s",
     {{U"ns", 1, U"n", U"luns furatapóns furatapons"}, {U"ós", 3, U"ón"}, {U"ões", 3, U"ón"},
      {U"ães", 1, U"ão", U"mães magalhães"}, {U"ais", 2, U"al", U"cais tais mais pais ademais"},
      {U"áis", 2, U"al", U"cáis táis máis páis ademáis"}, {U"éis", 2, U"el"}, {U"eis", 2, U"el"},
      {U"óis", 2, U"ol", U"escornabóis"}, {U"ois", 2, U"ol", U"escornabois"}, {U"ís", 2, U"il", U"país"},
      {U"is", 2, U"il", U"menfis pais kinguis"},
      {U"les", 2, U"l", U"ingles marselles montreales senegales manizales móstoles nápoles"},
      {U"res", 3, U"r", U"petres henares cáceres baleares linares londres mieres miraflores mércores venres pires"},
      {U"ces", 2, U"z"}, {U"zes", 2, U"z"}, {U"ises", 3, U"z"}, {U"ás", 1, U"al", U"más"}, {U"ses", 2, U"s"},
      {U"s", 2, U"",
       U"barbadés barcelonés cantonés gabonés llanés medinés escocés escocês francês barcelonês cantonês "
       U"macramés reves barcelones cantones gabones llanes magallanes medines escoces frances xoves "
       U"martes aliás pires lápis cais mais mas menos férias pêsames crúcis país cangas atenas asturias "
       U"canarias filipinas honduras molucas caldas mascareñas micenas covarrubias psoas óculos nupcias "
       U"xoves martes llanes"},}},
    {U"Unification", 0, false, U"",
     {{U"íssimo", 5, U"ísimo"}, {U"íssima", 5, U"ísima"}, {U"aço", 4, U"azo"}, {U"aça", 4, U"aza"},
      {U"uça", 4, U"uza"}, {U"lhar", 2, U"llar"}, {U"lher", 2, U"ller"}, {U"lhor", 2, U"llor"}, {U"lho", 1, U"llo"},
      {U"nhar", 2, U"ñar"}, {U"nhor", 2, U"ñor"}, {U"nho", 1, U"ño"}, {U"nha", 1, U"ña"}, {U"ário", 3, U"ario"},
      {U"ária", 3, U"aria"}, {U"able", 2, U"ábel"}, {U"ável", 2, U"ábel"}, {U"ible", 2, U"íbel"},
      {U"ível", 2, U"íbel"}, {U"çom", 2, U"ción"}, {U"agem", 2, U"axe"}, {U"age", 2, U"axe"}, {U"ão", 3, U"ón"},
      {U"ao", 1, U"án"}, {U"au", 1, U"án"}, {U"om", 3, U"ón"}, {U"m", 2, U"n"},}},
    {U"Adverb", 0, false, U"",
     {{U"mente", 4, U"", U"experimente vehemente sedimente"},}},
    {U"Augmentative", 0, true, U"",
     {{U"dísimo", 5, U""}, {U"dísima", 5, U""}, {U"bilísimo", 3, U""}, {U"bilísima", 3, U""}, {U"ísimo", 3, U""},
      {U"ísima", 3, U""}, {U"ésimo", 3, U""}, {U"ésima", 3, U""}, {U"érrimo", 4, U""}, {U"érrima", 4, U""},
      {U"ana", 2, U"",
       U"argana banana choupana espadana faciana iguana lantana macana membrana mesana nirvana obsidiana "
       U"palangana pavana persiana pestana porcelana pseudomembrana roldana sábana salangana saragana "
       U"ventana"},
      {U"án", 3, U"",
       U"ademán bardán barregán corricán curricán faisán furacán fustán gabán gabián galán gañán lavacán "
       U"mazán mourán rabadán serán serrán tabán titán tobogán verán volcán volován"},
      {U"azo", 4, U"",
       U"abrazo espazo andazo bagazo balazo bandazo cachazo carazo denazo engazo famazo lampreazo "
       U"pantocazo pedazo preñazo regazo ribazo sobrazo terrazo trompazo"},
      {U"aza", 3, U"",
       U"alcarraza ameaza baraza broucaza burgaza cabaza cachaza calaza carpaza carraza coiraza colmaza "
       U"fogaza famaza labaza liñaza melaza mordaza paraza pinaza rabaza rapaza trancaza"},
      {U"allo", 4, U"", U"traballo"}, {U"alla", 4, U""}, {U"arra", 3, U"", U"cigarra cinzarra"},
      {U"astro", 3, U"", U"balastro bimbastro canastro retropilastro"},
      {U"astra", 3, U"", U"banastra canastra contrapilastra piastra pilastra"}, {U"ázio", 3, U"", U"topázio"},
      {U"elo", 4, U"",
       U"bacelo barrelo bicarelo biquelo boquelo botelo bouquelo cacarelo cachelo cadrelo campelo "
       U"candelo cantelo carabelo carambelo caramelo cercelo cerebelo chocarelo coitelo conchelo corbelo "
       U"cotobelo couselo destelo desvelo esfácelo fandelo fardelo farelo farnelo flabelo ganchelo "
       U"garfelo involucelo mantelo montelo outerelo padicelo pesadelo pinguelo piquelo rampelo rastrelo "
       U"restelo tornecelo trabelo restrelo portelo ourelo zarapelo"},
      {U"eta", 3, U"",
       U"arqueta atleta avoceta baioneta baldeta banqueta barraganeta barreta borleta buceta caceta "
       U"calceta caldeta cambeta canaleta caneta carreta cerceta chaparreta chapeta chareta chincheta "
       U"colcheta cometa corbeta corveta cuneta desteta espeta espoleta estafeta esteta faceta falanxeta "
       U"frasqueta gaceta gabeta galleta garabeta gaveta glorieta lagareta lambeta lanceta libreta "
       U"maceta macheta maleta malleta mareta marreta meseta mofeta muleta peseta planeta raqueta "
       U"regreta saqueta veleta vendeta viñeta"},
      {U"ete", 3, U"",
       U"alfinete ariete bacinete banquete barallete barrete billete binguelete birrete bonete bosquete "
       U"bufete burlete cabalete cacahuete cavinete capacete carrete casarete casete chupete clarinete "
       U"colchete colete capete curupete disquete estilete falsete ferrete filete gallardete gobelete "
       U"inglete machete miquelete molete mosquete piquete ribete rodete rolete roquete sorvete vedete "
       U"vendete"},
      {U"ica", 3, U"", U"andarica botánica botica dialéctica dinámica física formica gráfica marica túnica"},
      {U"ico", 3, U"", U"conico acetifico acidifico"},
      {U"exo", 3, U"",
       U"arpexo arquexo asexo axexo azulexo badexo bafexo bocexo bosquexo boubexo cacarexo carrexo "
       U"cascarexo castrexo convexo cotexo desexo despexo forcexo gabexo gargarexo gorgolexo inconexo "
       U"manexo merexo narnexo padexo patexo sopexo varexo"},
      {U"exa", 3, U"", U"airexa bandexa carrexa envexa igrexa larexa patexa presexa sobexa"}, {U"idão", 3, U""},
      {U"iño", 3, U"o", U"camiño cariño comiño golfiño padriño sobriño viciño veciño"},
      {U"iña", 3, U"a", U"camariña campiña entreliña espiña fariña moriña valiña"}, {U"ito", 3, U""},
      {U"ita", 3, U""},
      {U"oide", 3, U"",
       U"anaroide aneroide asteroide axoide cardioide celuloide coronoide discoide espermatozoide "
       U"espiroide esquizoide esteroide glenoide linfoide hemorroide melaloide sacaroide tetraploide "
       U"varioloide"},
      {U"ola", 3, U"",
       U"aixola ampola argola arola arteríola bandola bítola bractéola cachola carambola carapola carola "
       U"carrandiola catrapola cebola centola champola chatola cirola cítola consola corola empola "
       U"escarola esmola estola fitola florícola garañola gárgola garxola glicocola góndola mariola "
       U"marola michola pirola rebola rupícola saxícola sémola tachola tómbola"},
      {U"olo", 3, U"",
       U"arrolo babiolo cacharolo caixarolo carolo carramolo cascarolo cirolo codrolo correolo cotrolo "
       U"desconsolo rebolo repolo subsolo tixolo tómbolo torolo trémolo vacúolo xermolo zócolo"},
      {U"ote", 3, U"",
       U"aigote alcaiote barbarote balote billote cachote camarote capote cebote chichote citote "
       U"cocorote escote gañote garrote gavote lamote lapote larapote lingote lítote magote marrote "
       U"matalote pandote paparote rebote tagarote zarrote"},
      {U"ota", 3, U"",
       U"asíntota caiota cambota chacota compota creosota curota derrota díspota gamota maniota pelota "
       U"picota pillota pixota queirota remota"},
      {U"cho", 3, U"", U"abrocho arrocho carocho falucho bombacho borracho mostacho"},
      {U"cha", 3, U"", U"borracha carracha estacha garnacha limacha remolacha abrocha"},
      {U"uco", 4, U"", U"caduco estuco fachuco malluco saluco trabuco"},
      {U"uzo", 3, U"", U"carriñouzo fachuzo mañuzo mestruzo tapuzo"},
      {U"uza", 3, U"",
       U"barruza chamuza chapuza charamuza conduza deduza desluza entreluza induza reluza seduza traduza "
       U"trasluza"},
      {U"uxa", 3, U"",
       U"caramuxa carrabouxa cartuxa coruxa curuxa gaturuxa maruxa meruxa miruxa moruxa muruxa papuxa "
       U"rabuxa trouxa"},
      {U"uxo", 3, U"", U"caramuxo carouxo carrabouxo curuxo debuxo ganduxo influxo negouxo pertuxo refluxo"},
      {U"ello", 3, U"",
       U"alborello artello botello cachafello calello casarello cazabello cercello cocerello concello "
       U"consello desparello escaravello espello fedello fervello gagafello gorrobello nortello pendello "
       U"troupello trebello"},
      {U"ella", 3, U"",
       U"alborella bertorella bocatella botella calella cercella gadella grosella lentella movella "
       U"nocella noitevella parella pelella percebella segorella sabella"},}},
    {U"Noun", 0, false, U"",
     {{U"dade", 3, U"", U"acridade calidade"}, {U"ificar", 2, U""},
      {U"eiro", 3, U"",
       U"agoireiro bardalleiro braseiro barreiro canteiro capoeiro carneiro carteiro cinceiro faroleiro "
       U"mareiro preguiceiro quinteiro raposeiro retranqueiro regueiro sineiro troleiro ventureiro"},
      {U"eira", 3, U"", U"cabeleira canteira cocheira folleira milleira"},
      {U"ario", 3, U"", U"armario calcario lionario salario"},
      {U"aria", 3, U"", U"cetaria coronaria fumaria linaria lunaria parietaria saponaria serpentaria"},
      {U"ístico", 3, U"", U"balístico ensaístico"},
      {U"ista", 3, U"", U"batista ciclista fadista operista tenista verista"}, {U"ado", 2, U"", U"grado agrado"},
      {U"ato", 2, U"", U"agnato"}, {U"ido", 3, U"", U"cándido cândido consolido decidido duvido marido rápido"},
      {U"ida", 3, U"", U"bastida dúbida dubida duvida ermida éxida guarida lapicida medida morida"},
      {U"ída", 3, U""}, {U"ido", 3, U""}, {U"udo", 3, U"", U"estudo escudo"}, {U"uda", 3, U""},
      {U"ada", 3, U"", U"abada alhada allada pitada"},
      {U"dela", 3, U"",
       U"cambadela cavadela forcadela erisipidela mortadela espadela fondedela picadela arandela candela "
       U"cordela escudela pardela"},
      {U"ela", 3, U"",
       U"canela capela cotela cubela curupela escarapela esparrela estela fardela flanela fornela "
       U"franela gabela gamela gavela glumela granicela lamela lapela malvela manela manganela mexarela "
       U"micela mistela novela ourela panela parcela pasarela patamela patela paxarela pipela pitela "
       U"postela pubela restela sabela salmonela secuela sentinela soldanela subela temoncela tesela "
       U"tixela tramela trapela varela vitela xanela xestela"},
      {U"ábel", 2, U"", U"afábel fiábel"}, {U"íbel", 2, U"", U"críbel imposíbel posíbel fisíbel falíbel"},
      {U"nte", 3, U"",
       U"alimente adiante acrescente elefante frequente freqüente gigante instante oriente permanente "
       U"posante possante restaurante"},
      {U"ncia", 3, U""}, {U"nza", 3, U""}, {U"acia", 3, U"", U"acracia audacia falacia farmacia"},
      {U"icia", 3, U"",
       U"caricia delicia ledicia malicia milicia noticia pericia presbicia primicia regalicia sevicia "
       U"tiricia"},
      {U"iza", 3, U"",
       U"alvariza baliza cachiza caniza cañiza carbaliza carriza chamariza chapiza fraguiza latiza "
       U"longaniza mañiza nabiza peliza preguiza rabiza"},
      {U"exar", 3, U"", U"palmexar"}, {U"ación", 2, U"", U"aeración"},
      {U"ición", 3, U"", U"condición gornición monición nutrición petición posición sedición volición"},
      {U"ción", 3, U"t"}, {U"sión", 3, U"s", U"abrasión alusión"}, {U"azón", 2, U"", U"armazón"},
      {U"ón", 3, U"",
       U"abalón acordeón alción aldrabón alerón aliñón ambón bombón calzón campón canalón cantón capitón "
       U"cañón centón ciclón collón colofón copón cotón cupón petón tirón tourón turón unción versión "
       U"zubón zurrón"},
      {U"ona", 3, U"",
       U"abandona acetona aleurona amazona anémona bombona cambona carona chacona charamona cincona "
       U"condona cortisona cretona cretona detona estona fitohormona fregona gerona hidroquinona hormona "
       U"lesiona madona maratona matrona metadona monótona neurona pamplona peptona poltrona "
       U"proxesterona quinona quinona silicona sulfona"},
      {U"oa", 3, U"",
       U"abandoa madroa barbacoa estoa airoa eiroa amalloa ámboa améndoa anchoa antinéboa avéntoa avoa "
       U"bágoa balboa bisavoa boroa canoa caroa comadroa coroa éngoa espácoa filloa fírgoa grañoa lagoa "
       U"lanzoa magoa mámoa morzoa noiteboa noraboa parañoa persoa queiroa rañoa táboa tataravoa teiroa"},
      {U"aco", 3, U""},
      {U"aca", 3, U"",
       U"alpaca barraca bullaca buraca carraca casaca cavaca cloaca entresaca ervellaca espinaca estaca "
       U"farraca millaca pastinaca pataca resaca urraca purraca"},
      {U"al", 4, U"",
       U"afinal animal estatal bisexual bissexual desleal fiscal formal pessoal persoal liberal postal "
       U"virtual visual pontual puntual homosexual heterosexual"},
      {U"dor", 2, U"", U"abaixador"}, {U"tor", 3, U"", U"autor motor pastor pintor"},
      {U"or", 2, U"", U"asesor assessor favor mellor melhor redor rigor sensor tambor tumor"},
      {U"ora", 3, U"",
       U"albacora anáfora áncora apisoadora ardora ascospora aurora avéspora bitácora canéfora "
       U"cantimplora catáfora cepilladora demora descalcificadora diáspora empacadora epífora ecavadora "
       U"escora eslora espora fotocompoñedora fotocopiadora grampadora isícora lavadora lixadora "
       U"macrospora madrépora madrágora masora mellora metáfora microspora milépora milpéndora nécora "
       U"oospora padeadora pasiflora pécora píldora pólvora ratinadora rémora retroescavadora sófora "
       U"torradora trémbora uredospora víbora víncora zoospora"},
      {U"aría", 3, U"", U"libraría"},
      {U"axe", 3, U"",
       U"aluaxe amaraxe amperaxe bagaxe balaxe barcaxe borraxe bescaxe cabotaxe carraxe cartilaxe "
       U"chantaxe colaxe coraxe carruaxe dragaxe embalaxe ensilaxe epistaxe fagundaxe fichaxe fogaxe "
       U"forraxe fretaxe friaxe garaxe homenaxe leitaxe liñaxe listaxe maraxe marcaxe maridaxe masaxe "
       U"miraxe montaxe pasaxe peaxe portaxe ramaxe rebelaxe rodaxe romaxe sintaxe sondaxe tiraxe "
       U"vantaxe vendaxe viraxe"},
      {U"dizo", 3, U""}, {U"eza", 3, U"", U"alteza beleza fereza fineza vasteza vileza"},
      {U"ez", 3, U"", U"acidez adultez adustez avidez candidez mudez nenez nudez pomez"}, {U"engo", 3, U""},
      {U"ego", 3, U"", U"corego derrego entrego lamego sarego sartego"},
      {U"oso", 3, U"",
       U"afanoso algoso caldoso caloso cocoso ditoso favoso fogoso lamoso mecoso mocoso precioso rixoso "
       U"venoso viroso xesoso"},
      {U"osa", 3, U"",
       U"mucosa glicosa baldosa celulosa isoglosa nitrocelulosa levulosa ortosa pectosa preciosa "
       U"sacarosa serosa ventosa"},
      {U"ume", 3, U"",
       U"agrume albume alcume batume cacume cerrume chorume churume costume curtume estrume gafume "
       U"legume perfume queixume zarrume"},
      {U"ura", 3, U"", U"albura armadura imatura costura"}, {U"iñar", 3, U""},
      {U"il", 3, U"",
       U"abril alfil anil atril badil baril barril brasil cadril candil cantil carril chamil chancil "
       U"civil cubil dátil difícil dócil edil estéril fácil fráxil funil fusil grácil gradil hábil "
       U"hostil marfil"},
      {U"esco", 4, U""}, {U"isco", 4, U""},
      {U"ivo", 3, U"", U"pasivo positivo passivo possessivo posesivo pexotarivo relativo"},}},
    {U"Verb", 0, false, U"",
     {{U"aba", 2, U""}, {U"abade", 2, U""}, {U"ábade", 2, U""}, {U"abamo", 2, U""}, {U"ábamo", 2, U""},
      {U"aban", 2, U""}, {U"ache", 2, U""}, {U"ade", 2, U""}, {U"an", 2, U""}, {U"ando", 2, U""},
      {U"ar", 2, U"", U"azar bazar patamar"}, {U"arade", 2, U""}, {U"aramo", 2, U""}, {U"arán", 2, U""},
      {U"aran", 2, U""}, {U"árade", 2, U""}, {U"aría", 2, U""}, {U"ariade", 2, U""}, {U"aríade", 2, U""},
      {U"arian", 2, U""}, {U"ariamo", 2, U""}, {U"aron", 2, U""}, {U"ase", 2, U""}, {U"asede", 2, U""},
      {U"ásede", 2, U""}, {U"asemo", 2, U""}, {U"ásemo", 2, U""}, {U"asen", 2, U""}, {U"avan", 2, U""},
      {U"aríamo", 2, U""}, {U"assen", 2, U""}, {U"ássemo", 2, U""}, {U"eríamo", 2, U""}, {U"êssemo", 2, U""},
      {U"iríamo", 3, U""}, {U"íssemo", 3, U""}, {U"áramo", 2, U""}, {U"árei", 2, U""}, {U"aren", 2, U""},
      {U"aremo", 2, U""}, {U"aríei", 2, U""}, {U"ássei", 2, U""}, {U"ávamo", 2, U""}, {U"êramo", 1, U""},
      {U"eremo", 1, U""}, {U"eríei", 1, U""}, {U"êssei", 1, U""}, {U"íramo", 3, U""}, {U"iremo", 3, U""},
      {U"iríei", 3, U""}, {U"íssei", 3, U""}, {U"issen", 3, U""}, {U"endo", 1, U""}, {U"indo", 3, U""},
      {U"ondo", 3, U""}, {U"arde", 2, U""}, {U"arei", 2, U""}, {U"aria", 2, U""}, {U"armo", 2, U""},
      {U"asse", 2, U""}, {U"aste", 2, U""}, {U"ávei", 2, U""}, {U"erão", 1, U""}, {U"erde", 1, U""},
      {U"erei", 1, U""}, {U"êrei", 1, U""}, {U"eren", 2, U""}, {U"eria", 1, U""}, {U"ermo", 1, U""},
      {U"este", 1, U"", U"faroeste agreste"}, {U"íamo", 1, U""}, {U"ian", 2, U"", U"enfian eloxian ensaian"},
      {U"irde", 2, U""}, {U"irei", 3, U"", U"admirei"}, {U"iren", 3, U""}, {U"iria", 3, U""}, {U"irmo", 3, U""},
      {U"isse", 3, U""}, {U"iste", 4, U""}, {U"iava", 1, U"", U"ampliava"}, {U"amo", 2, U""}, {U"iona", 3, U""},
      {U"ara", 2, U"", U"arara prepara"}, {U"ará", 2, U"", U"alvará bacará"}, {U"are", 2, U"", U"prepare"},
      {U"ava", 2, U"", U"agrava"}, {U"emo", 2, U""}, {U"era", 1, U"", U"acelera espera"}, {U"erá", 1, U""},
      {U"ere", 1, U"", U"espere"}, {U"íei", 1, U""}, {U"in", 3, U""},
      {U"imo", 3, U"", U"reprimo intimo íntimo nimo queimo ximo"}, {U"ira", 3, U"", U"fronteira sátira"},
      {U"ído", 3, U""}, {U"irá", 3, U""}, {U"tizar", 4, U"", U"alfabetizar"}, {U"izar", 3, U"", U"organizar"},
      {U"itar", 5, U"", U"acreditar explicitar estreitar"}, {U"ire", 3, U"", U"adquire"}, {U"omo", 3, U""},
      {U"ai", 2, U""}, {U"ear", 4, U"", U"alardear nuclear"}, {U"uei", 3, U""}, {U"uía", 5, U"u"}, {U"ei", 3, U""},
      {U"er", 1, U"", U"éter pier"}, {U"eu", 1, U"", U"chapeu"},
      {U"ia", 1, U"", U"estória fatia acia praia elogia mania lábia aprecia polícia arredia cheia ásia"},
      {U"ir", 3, U""}, {U"iu", 3, U""}, {U"eou", 5, U""}, {U"ou", 3, U""}, {U"i", 1, U""},
      {U"ede", 1, U"", U"rede bípede céspede parede palmípede vostede hóspede adrede"}, {U"ei", 3, U""},
      {U"en", 2, U""}, {U"erade", 1, U""}, {U"érade", 1, U""}, {U"eran", 2, U""}, {U"eramo", 1, U""},
      {U"éramo", 1, U""}, {U"erán", 1, U""}, {U"ería", 1, U""}, {U"eriade", 1, U""}, {U"eríade", 1, U""},
      {U"eriamo", 1, U""}, {U"erian", 1, U""}, {U"erían", 1, U""}, {U"eron", 1, U""}, {U"ese", 1, U""},
      {U"esedes", 1, U""}, {U"ésedes", 1, U""}, {U"esemo", 1, U""}, {U"ésemo", 1, U""}, {U"esen", 1, U""},
      {U"êssede", 1, U""}, {U"ía", 1, U""}, {U"iade", 1, U""}, {U"íade", 1, U""}, {U"iamo", 1, U""},
      {U"ían", 1, U""}, {U"iche", 1, U""}, {U"ide", 1, U""}, {U"irade", 3, U""}, {U"írade", 3, U""},
      {U"iramo", 3, U""}, {U"irán", 3, U""}, {U"iría", 3, U""}, {U"iriade", 3, U""}, {U"iríade", 3, U""},
      {U"iriamo", 3, U""}, {U"irian", 3, U""}, {U"irían", 3, U""}, {U"iron", 3, U""}, {U"ise", 3, U""},
      {U"isede", 3, U""}, {U"ísede", 3, U""}, {U"isemo", 3, U""}, {U"ísemo", 3, U""}, {U"isen", 3, U""},
      {U"íssede", 3, U""}, {U"tizar", 3, U"", U"alfabetizar"}, {U"ondo", 3, U""},}},
    {U"Vowel", 0, false, U"",
     {{U"gue", 2, U"g", U"azougue dengue merengue nurague merengue rengue"},
      {U"que", 2, U"c",
       U"alambique albaricoque abaroque alcrique almadraque almanaque arenque arinque baduloque "
       U"ballestrinque betoque bivaque bloque bodaque bosque breque buque cacique cheque claque "
       U"contradique coque croque dique duque enroque espeque estoque estoraque estraloque estrinque "
       U"milicroque monicreque orinque arinque palenque parque penique picabeque pique psique raque "
       U"remolque xeque repenique roque sotobosque tabique tanque toque traque truque vivaque xaque"},
      {U"a", 3, U"", U"amasadela cerva"}, {U"e", 3, U"", U"marte"}, {U"o", 3, U"", U"barro fado cabo libro cervo"},
      {U"â", 3, U""}, {U"ã", 3, U"", U"amanhã arapuã fã divã manhã"}, {U"ê", 3, U""}, {U"ô", 3, U""}, {U"á", 3, U""},
      {U"é", 3, U""}, {U"ó", 3, U""}, {U"i", 3, U""},}},
};

const std::vector<RslpStep> kPortugueseSteps = {
    {U"Plural", 3, true, U"s",
     {{U"ns", 1, U"m"}, {U"ões", 3, U"ão"}, {U"ães", 1, U"ão", U"mães"}, {U"ais", 1, U"al", U"cais mais"},
      {U"éis", 2, U"el"}, {U"eis", 2, U"el"}, {U"óis", 2, U"ol"},
      {U"is", 2, U"il", U"lápis cais mais crúcis biquínis pois depois dois leis"}, {U"les", 3, U"l"},
      {U"res", 3, U"r", U"árvores"},
      {U"s", 2, U"",
       U"aliás pires lápis cais mais mas menos férias fezes pêsames crúcis gás atrás moisés através "
       U"convés ês país após ambas ambos messias depois"},}},
    {U"Adverb", 0, false, U"",
     {{U"mente", 4, U"", U"experimente"},}},
    {U"Feminine", 3, true, U"a ã",
     {{U"ona", 3, U"ão", U"abandona lona iona cortisona monótona maratona acetona detona carona"},
      {U"ã", 2, U"ão", U"amanhã arapuã fã divã"}, {U"ora", 3, U"or"},
      {U"na", 4, U"no",
       U"carona abandona lona iona cortisona monótona maratona acetona detona guiana campana grana "
       U"caravana banana paisana"},
      {U"inha", 3, U"inho", U"rainha linha minha"},
      {U"esa", 3, U"ês", U"mesa obesa princesa turquesa ilesa pesa presa"}, {U"osa", 3, U"oso", U"mucosa prosa"},
      {U"íaca", 3, U"íaco"}, {U"ica", 3, U"ico", U"dica"}, {U"ada", 2, U"ado", U"pitada"},
      {U"ida", 3, U"ido", U"vida dúvida"}, {U"ída", 3, U"ido", U"recaída saída"}, {U"ima", 3, U"imo", U"vítima"},
      {U"iva", 3, U"ivo", U"saliva oliva"},
      {U"eira", 3, U"eiro", U"beira cadeira frigideira bandeira feira capoeira barreira fronteira besteira poeira"},}},
    {U"Augmentative", 0, true, U"",
     {{U"díssimo", 5, U""}, {U"abilíssimo", 5, U""}, {U"íssimo", 3, U""}, {U"ésimo", 3, U""}, {U"érrimo", 4, U""},
      {U"zinho", 2, U""}, {U"quinho", 4, U"c"}, {U"uinho", 4, U""}, {U"adinho", 3, U""},
      {U"inho", 3, U"", U"caminho cominho"}, {U"alhão", 4, U""}, {U"uça", 4, U""}, {U"aço", 4, U"", U"antebraço"},
      {U"aça", 4, U""}, {U"adão", 4, U""}, {U"idão", 4, U""}, {U"ázio", 3, U"", U"topázio"}, {U"arraz", 4, U""},
      {U"zarrão", 3, U""}, {U"arrão", 4, U""}, {U"arra", 3, U""}, {U"zão", 2, U"", U"coalizão"},
      {U"ão", 3, U"",
       U"camarão chimarrão canção coração embrião grotão glutão ficção fogão feição furacão gamão "
       U"lampião leão macacão nação órfão orgão patrão portão quinhão rincão tração falcão espião mamão "
       U"folião cordão aptidão campeão colchão limão leilão melão barão milhão bilhão fusão cristão "
       U"ilusão capitão estação senão"},}},
    {U"Noun", 0, false, U"",
     {{U"encialista", 4, U""}, {U"alista", 5, U""}, {U"agem", 3, U"", U"coragem chantagem vantagem carruagem"},
      {U"iamento", 4, U""}, {U"amento", 3, U"", U"firmamento fundamento departamento"}, {U"imento", 3, U""},
      {U"mento", 6, U"", U"firmamento elemento complemento instrumento departamento"}, {U"alizado", 4, U""},
      {U"atizado", 4, U""}, {U"tizado", 4, U"", U"alfabetizado"}, {U"izado", 5, U"", U"organizado pulverizado"},
      {U"ativo", 4, U"", U"pejorativo relativo"}, {U"tivo", 4, U"", U"relativo"},
      {U"ivo", 4, U"", U"passivo possessivo pejorativo positivo"}, {U"ado", 2, U"", U"grado"},
      {U"ido", 3, U"", U"cândido consolido rápido decido tímido duvido marido"}, {U"ador", 3, U""},
      {U"edor", 3, U""}, {U"idor", 4, U"", U"ouvidor"}, {U"dor", 4, U"", U"ouvidor"}, {U"sor", 4, U"", U"assessor"},
      {U"atoria", 5, U""}, {U"tor", 3, U"", U"benfeitor leitor editor pastor produtor promotor consultor"},
      {U"or", 2, U"", U"motor melhor redor rigor sensor tambor tumor assessor benfeitor pastor terior favor autor"},
      {U"abilidade", 5, U""}, {U"icionista", 4, U""}, {U"cionista", 5, U""}, {U"ionista", 5, U""},
      {U"ionar", 5, U""}, {U"ional", 4, U""}, {U"ência", 3, U""}, {U"ância", 4, U"", U"ambulância"},
      {U"edouro", 3, U""}, {U"queiro", 3, U"c"}, {U"adeiro", 4, U"", U"desfiladeiro"},
      {U"eiro", 3, U"", U"desfiladeiro pioneiro mosteiro"}, {U"uoso", 3, U""}, {U"oso", 3, U"", U"precioso"},
      {U"alizaç", 5, U""}, {U"atizaç", 5, U""}, {U"tizaç", 5, U""}, {U"izaç", 5, U"", U"organizaç"},
      {U"aç", 3, U"", U"equaç relaç"}, {U"iç", 3, U"", U"eleiç"},
      {U"ário", 3, U"", U"voluntário salário aniversário diário lionário armário"}, {U"atório", 3, U""},
      {U"rio", 5, U"", U"voluntário salário aniversário diário compulsório lionário próprio stério armário"},
      {U"ério", 6, U""}, {U"ês", 4, U""}, {U"eza", 3, U""}, {U"ez", 4, U""}, {U"esco", 4, U""},
      {U"ante", 2, U"", U"gigante elefante adiante possante instante restaurante"},
      {U"ástico", 4, U"", U"eclesiástico"}, {U"alístico", 3, U""}, {U"áutico", 4, U""}, {U"êutico", 4, U""},
      {U"tico", 3, U"",
       U"político eclesiástico diagnostico prático doméstico diagnóstico idêntico alopático artístico "
       U"autêntico eclético crítico critico"},
      {U"ico", 4, U"", U"tico público explico"}, {U"ividade", 5, U""}, {U"idade", 4, U"", U"autoridade comunidade"},
      {U"oria", 4, U"", U"categoria"}, {U"encial", 5, U""}, {U"ista", 4, U""}, {U"auta", 5, U""},
      {U"quice", 4, U"c"}, {U"ice", 4, U"", U"cúmplice"}, {U"íaco", 3, U""},
      {U"ente", 4, U"", U"freqüente alimente acrescente permanente oriente aparente"}, {U"ense", 5, U""},
      {U"inal", 3, U""}, {U"ano", 4, U""}, {U"ável", 2, U"", U"afável razoável potável vulnerável"},
      {U"ível", 3, U"", U"possível"}, {U"vel", 5, U"", U"possível vulnerável solúvel"}, {U"bil", 3, U"vel"},
      {U"ura", 4, U"", U"imatura acupuntura costura"}, {U"ural", 4, U""},
      {U"ual", 3, U"", U"bissexual virtual visual pontual"}, {U"ial", 3, U""},
      {U"al", 4, U"",
       U"afinal animal estatal bissexual desleal fiscal formal pessoal liberal postal virtual visual "
       U"pontual sideral sucursal"},
      {U"alismo", 4, U""}, {U"ivismo", 4, U""}, {U"ismo", 3, U"", U"cinismo"},}},
    {U"Verb", 0, false, U"",
     {{U"aríamo", 2, U""}, {U"ássemo", 2, U""}, {U"eríamo", 2, U""}, {U"êssemo", 2, U""}, {U"iríamo", 3, U""},
      {U"íssemo", 3, U""}, {U"áramo", 2, U""}, {U"árei", 2, U""}, {U"aremo", 2, U""}, {U"ariam", 2, U""},
      {U"aríei", 2, U""}, {U"ássei", 2, U""}, {U"assem", 2, U""}, {U"ávamo", 2, U""}, {U"êramo", 3, U""},
      {U"eremo", 3, U""}, {U"eriam", 3, U""}, {U"eríei", 3, U""}, {U"êssei", 3, U""}, {U"essem", 3, U""},
      {U"íramo", 3, U""}, {U"iremo", 3, U""}, {U"iriam", 3, U""}, {U"iríei", 3, U""}, {U"íssei", 3, U""},
      {U"issem", 3, U""}, {U"ando", 2, U""}, {U"endo", 3, U""}, {U"indo", 3, U""}, {U"ondo", 3, U""},
      {U"aram", 2, U""}, {U"arão", 2, U""}, {U"arde", 2, U""}, {U"arei", 2, U""}, {U"arem", 2, U""},
      {U"aria", 2, U""}, {U"armo", 2, U""}, {U"asse", 2, U""}, {U"aste", 2, U""}, {U"avam", 2, U"", U"agravam"},
      {U"ávei", 2, U""}, {U"eram", 3, U""}, {U"erão", 3, U""}, {U"erde", 3, U""}, {U"erei", 3, U""},
      {U"êrei", 3, U""}, {U"erem", 3, U""}, {U"eria", 3, U""}, {U"ermo", 3, U""}, {U"esse", 3, U""},
      {U"este", 3, U"", U"faroeste agreste"}, {U"íamo", 3, U""}, {U"iram", 3, U""}, {U"íram", 3, U""},
      {U"irão", 2, U""}, {U"irde", 2, U""}, {U"irei", 3, U"", U"admirei"}, {U"irem", 3, U"", U"adquirem"},
      {U"iria", 3, U""}, {U"irmo", 3, U""}, {U"isse", 3, U""}, {U"iste", 4, U""}, {U"iava", 4, U"", U"ampliava"},
      {U"amo", 2, U""}, {U"iona", 3, U""}, {U"ara", 2, U"", U"arara prepara"}, {U"ará", 2, U"", U"alvará"},
      {U"are", 2, U"", U"prepare"}, {U"ava", 2, U"", U"agrava"}, {U"emo", 2, U""},
      {U"era", 3, U"", U"acelera espera"}, {U"erá", 3, U""}, {U"ere", 3, U"", U"espere"},
      {U"iam", 3, U"", U"enfiam ampliam elogiam ensaiam"}, {U"íei", 3, U""},
      {U"imo", 3, U"", U"reprimo intimo íntimo nimo queimo ximo"}, {U"ira", 3, U"", U"fronteira sátira"},
      {U"ído", 3, U""}, {U"irá", 3, U""}, {U"tizar", 4, U"", U"alfabetizar"}, {U"izar", 5, U"", U"organizar"},
      {U"itar", 5, U"", U"acreditar explicitar estreitar"}, {U"ire", 3, U"", U"adquire"}, {U"omo", 3, U""},
      {U"ai", 2, U""}, {U"am", 2, U""}, {U"ear", 4, U"", U"alardear nuclear"},
      {U"ar", 2, U"", U"azar bazaar patamar"}, {U"uei", 3, U""}, {U"uía", 5, U"u"}, {U"ei", 3, U""},
      {U"guem", 3, U"g"}, {U"em", 2, U"", U"alem virgem"}, {U"er", 2, U"", U"éter pier"}, {U"eu", 3, U"", U"chapeu"},
      {U"ia", 3, U"", U"estória fatia acia praia elogia mania lábia aprecia polícia arredia cheia ásia"},
      {U"ir", 3, U"", U"freir"}, {U"iu", 3, U""}, {U"eou", 5, U""}, {U"ou", 3, U""}, {U"i", 3, U""},}},
    {U"Vowel", 0, false, U"",
     {{U"bil", 2, U"vel"}, {U"gue", 2, U"g", U"gangue jegue"}, {U"á", 3, U""}, {U"ê", 3, U"", U"bebê"},
      {U"a", 3, U"", U"ásia"}, {U"e", 3, U""}, {U"o", 3, U"", U"ão"},}},
};

}  // namespace tarn::analysis
