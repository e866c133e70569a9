/// The built-in phrases; see `Lexicon` for how they are read.
enum LexiconTables {
  static let findings: [String: Lexicon.Terms] = [
    "pneumothorax": pneumothorax, "Pleural Effusion": effusion, "Cardiomegaly": heart,
    "Enlarged Cardiomediastinum": mediastinum, "Lung Lesion": lesion, "Lung Opacity": opacity,
    "Edema": edema, "Consolidation": consolidation, "Atelectasis": atelectasis,
    "Support Devices": devices,
  ]

  private static let pneumothorax = Lexicon.Terms(
    present: [
      "pneumothora*", "ptx", "ptxs", "hydropneumothora*", "hemopneumothora*",
      "haemopneumothora*", "pyopneumothora*", "air in the ~2 pleural space|cavity",
      "pleural air", "intrapleural air", "air in the ~1 pleura", "visceral pleural line",
    ],
    absent: ["pleural spaces|space is|are ~2 clear|unremarkable|normal"],
    uncertain: ["deep sulcus"],
    ignored: ["pneumothorax technique|protocol"])

  private static let effusion = Lexicon.Terms(
    present: [
      "effusion*", "pleural fluid", "fluid in the ~2 pleural", "hydropneumothora*",
      "hemopneumothora*", "haemopneumothora*", "hemothora*", "haemothora*", "hydrothora*",
      "empyema*", "pyothora*",
    ],
    absent: [
      "costophrenic|cp angles|angle|sulci|sulcus ~3 sharp|clear|preserved|unremarkable|normal",
      "sharp|clear costophrenic|cp angles|angle|sulci|sulcus", "angles|angle ~2 sharp",
      "pleural spaces|space is|are ~2 clear|unremarkable|normal",
    ],
    uncertain: [
      "blunting of the ~4 costophrenic|cp angles|angle|sulci|sulcus",
      "blunted ~2 costophrenic|cp angles|angle|sulci|sulcus",
      "costophrenic|cp angles|angle|sulci|sulcus ~3 blunted|blunting|obscured|indistinct",
      "costophrenic|cp angle|sulcus blunting",
    ],
    ignored: ["pericardial ~1 effusion*", "joint effusion*", "shoulder effusion*"])

  private static let heart = Lexicon.Terms(
    present: [
      "cardiomegaly", "cardiac|heart enlargement", "enlarged ~2 heart|cardiac",
      "heart|cardiac ~6 enlarged", "enlargement of the ~2 heart|cardiac",
      "cardiac|heart ~4 prominent", "ventricular|atrial|chamber enlargement",
      "prominent ~1 heart|cardiac silhouette", "prominence of the ~1 heart|cardiac",
      "cardiothoracic ratio ~4 increased|elevated|enlarged|above",
      "increased|elevated cardiothoracic ratio", "heart|cardiac size ~3 increased",
      "cardiomyopathy", "enlarged heart", "heart is ~2 big|large", "large heart",
    ],
    absent: [
      "heart|cardiac ~6 normal|unremarkable", "normal heart|cardiac", "heart : normal",
      "normal|unremarkable ~2 heart|cardiac size|silhouette|contour|shadow",
      "normal sized heart", "cardiomediastinal ~6 normal|unremarkable",
      "normal|unremarkable cardiomediastinal", "heart and ~2 mediastin* ~4 normal|unremarkable",
      "cardiac and ~2 mediastin* ~6 normal|unremarkable",
      "heart|cardiac|cardiomediastin* size|silhouette|contour|contours and ~6 normal|unremarkable",
      "heart and ~6 normal|unremarkable", "heart , ~3 and ~4 normal|unremarkable",
      "cardio mediastin* ~6 normal|unremarkable",
      "cardiothoracic ratio ~4 normal", "heart size : normal",
      "normal size of the heart",
      "cardiothoracic ratio ~3 , normal",
    ],
    uncertain: [
      "borderline ~2 heart|cardiac|cardiomegaly", "heart|cardiac ~5 borderline",
      "heart|cardiac size ~2 may|might|could", "heart|cardiac size ~4 assess*|evaluat*|judge*",
      "heart ~4 normal to ~1 enlarged", "heart ~6 obscured",
      "heart|cardiac size ~3 accentuated|exaggerated|magnified",
      "accentuat*|exaggerat*|magnif* ~2 heart|cardiac",
    ])

  private static let mediastinum = Lexicon.Terms(
    present: [
      "mediastin* ~4 widened|wide|enlarged|broadened", "widened ~2 mediastin*",
      "widening of the ~3 mediastin*", "mediastinal widening|enlargement",
      "enlarged|wide|prominent ~1 cardiomediastin*|mediastin*",
      "enlargement|prominence|widening of the ~2 cardiomediastin*|mediastin*",
      "cardiomediastin* ~5 enlarged|prominent|widened|enlargement",
      "mediastinal ~1 contour|silhouette ~3 prominent", "widening",
    ],
    absent: [
      "mediastin* ~5 normal|unremarkable", "normal|unremarkable ~2 mediastin*",
      "cardiomediastin* ~6 normal|unremarkable", "normal|unremarkable cardiomediastin*",
      "hilar and mediastin* ~6 normal|unremarkable",
      "cardiomediastin*|mediastin* and ~6 normal|unremarkable",
      "cardiomediastin*|mediastin* silhouette|contour|contours and ~6 normal|unremarkable",
      "mediastin* and hilar ~6 normal|unremarkable",
      "mediastin* ~3 and normal|unremarkable",
    ],
    uncertain: [
      "mediastin* ~4 full", "mediastin* width ~3 assess*|judge*|evaluat*",
    ],
    ignored: [
      "widening of the ~3 joint*|interspace*|space*", "joint|space|acromioclavicular widening",
    ])

  private static let lesion = Lexicon.Terms(
    present: [
      "nodule*", "mass", "masses", "lesion*", "tumor*", "tumour*", "metasta*", "granuloma*",
      "nodular opacit*|densit*|focus|foci|shadow*|lesion*", "neoplasm*", "carcinoma*",
      "malignan* ~1 lesion*", "cavitary ~1 lesion*|mass*",
    ],
    ignored: [
      "thyroid ~1 mass*|nodule*|lesion*", "lytic ~1 lesion*", "sclerotic ~1 lesion*",
      "bone|bony|osseous|rib|skeletal ~1 lesion*|metasta*|mass*",
      "lung cancer", "mass effect", "breast ~1 mass*|nodule*|lesion*|carcinoma*",
      "skin ~1 lesion*|nodule*", "history of ~3 carcinoma*|tumor*|tumour*|neoplasm*",
      "for ~2 tumor*|tumour*|carcinoma*", "metastatic disease elsewhere",
      "liver|renal|adrenal|abdominal ~1 mass*|lesion*",
    ])

  private static let opacity = Lexicon.Terms(
    present: [
      "opacit*", "opacif*", "infiltrat*", "airspace|air disease", "air space disease|process",
      "airspace process|change*", "interstitial markings", "hazy densit*",
      "densit* ~5 lung|base|lobe|zone", "reticular pattern|markings", "parenchymal disease",
      "interstitial ~1 disease|pattern|abnormalit*", "ground glass",
    ],
    absent: [
      "lungs|lung ~4 clear", "clear ~2 lungs|lung", "lung|lungs fields ~3 clear",
      "lungs : ~1 clear", "lungs ~3 unremarkable", "normal lungs", "lungs ~3 but clear",
      "chest is clear",
    ],
    ignored: [
      "nodular ~1 opacit*|densit*", "opacity of the bone*", "rounded ~1 densit*|opacit*",
      "mass|masslike like opacit*", "masslike opacit*",
      "lungs|lung ~3 clear of ~3 effusion*", "metallic|linear densit*", "radiopaque*",
    ])

  private static let edema = Lexicon.Terms(
    present: [
      "edema", "oedema", "edematous", "vascular|venous|pulmonary congestion", "congestion",
      "pulmonary ~1 vascular congestion", "heart failure", "chf", "fluid overload",
      "volume overload", "vascular engorgement|indistinctness", "engorge* ~2 vessel*|vascul*",
      "vascul* ~4 engorged|congested|indistinct", "cardiac decompensation",
      "increased lung|pulmonary vascularity",
    ],
    absent: [
      "pulmonary ~1 vascul* ~4 normal|unremarkable", "normal pulmonary ~1 vascul*",
    ],
    ignored: [
      "soft tissue ~1 edema|oedema", "wall|subcutaneous|leg|peripheral|skin edema|oedema",
      "edema|oedema of the ~3 wall|skin|leg*|arm*|tissue*", "laryngeal|cerebral edema|oedema",
    ])

  private static let consolidation = Lexicon.Terms(
    present: ["consolid*"], ignored: ["consolidated fracture*", "consolidating fracture*"])

  private static let atelectasis = Lexicon.Terms(
    present: [
      "atelecta*", "collapse", "collapsed", "volume loss", "loss of volume", "subsegmental change",
    ],
    ignored: [
      "vertebra* ~2 collapse*", "collapse* of ~4 vertebra*", "compression ~1 collapse*",
    ])

  private static let devices = Lexicon.Terms(
    present: [
      "tube", "tubes", "line", "lines", "catheter*", "picc", "piccs", "pacemaker*", "pacer*",
      "pacing ~1 wire*|lead*", "icd", "aicd", "defibrillator*", "lead", "leads", "drain",
      "drains", "port a cath", "portacath", "mediport*", "infusaport*", "port ~2 tip",
      "chest port", "swan ganz", "lvad", "iabp", "balloon pump", "ecmo", "impella",
      "tracheostomy", "prosthetic ~2 valve*", "valve replacement|prosthes*", "mechanical valve*",
      "sternotomy|sternal wires|wire|cerclage*", "stent", "stents", "support|supportive device*",
      "pigtail", "monitoring ~1 device*", "endotracheal", "nasogastric", "dobhoff", "cannula*",
      "intubated", "hardware", "loop recorder", "stimulator*", "filter", "wires", "device",
      "devices", "electrode*",
    ],
    absent: ["extubated", "extubation", "decannulat*"],
    ignored: [
      "fracture line*", "line placement was|is", "thin|white|curved line*",
      "pleural|fissural|fat|septal|kerley|apical|paratracheal|skin line*",
      "kerley b|a line*", "midline", "lead to|into", "has|have led",
      "surgical|vascular clip*", "joint line", "mid ~1 axillary|clavicular line",
      "companion line*", "fracture ~1 hardware", "orthop* hardware", "spin* hardware",
      "wall filter*", "rib line*", "stripe line", "curvilinear",
    ],
    isRemovable: true)
}
