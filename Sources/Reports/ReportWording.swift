/// The words of made reports. `{side}`, `{Side}` and `{size}`, `{Size}` are filled in.
enum ReportWording {
  struct Phrases: Sendable {
    let positive: [String]
    let negative: [String]
    let uncertain: [String]
    /// For lists of what is not there.
    var short: String?
  }

  static func filled(_ pattern: String, side: ReportSide, size: ReportSize) -> String {
    func capital(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
    return pattern.split(separator: "{", omittingEmptySubsequences: false).enumerated()
      .map { index, part -> String in
        guard index > 0, let close = part.firstIndex(of: "}") else { return String(part) }
        let rest = part[part.index(after: close)...]
        switch part[..<close] {
        case "side": return side.rawValue + rest
        case "Side": return capital(side.rawValue) + rest
        case "size": return size.rawValue + rest
        default: return capital(size.rawValue) + rest
        }
      }.joined()
  }

  static let indications = [
    "Chest pain.", "Dyspnoea.", "Fall from height; look for pneumothorax.", "Fever and cough.",
    "After drain placement, check position and exclude pneumothorax.",
    "Follow-up of pneumothorax.", "Preoperative film.", "Desaturation, query effusion.",
    "Heart failure, evaluate for edema.", "Blunt trauma.", "Sudden shortness of breath, ?PTX.",
  ]

  static let comparisons = [
    "None.", "Radiograph of last week.", "Prior film with a left pneumothorax.",
    "Outside CT.", "Study of the previous day.", "No earlier films are at hand.",
  ]

  static let fillers = [
    "The bony thorax is intact.", "Degenerative change of the thoracic spine.",
    "The upper abdomen is unremarkable.", "Healed fracture of a right rib.",
    "The hemidiaphragms are smooth.", "The trachea is central.",
  ]

  static let calm = [
    "Unremarkable study.", "No acute abnormality of the chest.", "Normal examination.",
    "Nothing acute.",
  ]
  static let referring = ["As above.", "Please see the findings."]

  static let phrases: [String: Phrases] = [
    "pneumothorax": Phrases(
      positive: [
        "{Size} {side} pneumothorax.", "There is a {size} pneumothorax, {side}.",
        "{Side} pneumothorax of {size} extent, the lung edge is clearly outlined.",
        "A {size} {side} pneumothorax has developed since the last film.",
        "{Size} amount of pleural air, {side}, in keeping with pneumothorax.",
        "PTX, {side}, {size}.", "The {size} {side} pneumothorax persists unchanged.",
        "{Side} pneumothorax is again demonstrated and remains {size}.",
        "Evidence of a {size} {side} pneumothorax, the lung edge lies far from the ribs.",
      ],
      negative: [
        "No pneumothorax on either side.", "Pneumothorax is not demonstrated.",
        "There is no PTX.", "The lungs reach the chest wall everywhere, no pneumothorax.",
        "A pneumothorax is not visible.", "Nothing to indicate a pneumothorax: none is seen.",
        "Both lungs are fully inflated without any pneumothorax.",
        "The earlier pneumothorax has resolved completely.", "No sign of pneumothorax.",
      ],
      uncertain: [
        "A {size} {side} pneumothorax is possible.", "Questionable {side} pneumothorax.",
        "A thin line, {side}, could be a pneumothorax; repeat in expiration.",
        "Pneumothorax, {side}, cannot be ruled out with certainty.",
        "The appearance is suspicious for a {side} pneumothorax.",
        "Skin fold versus {size} {side} pneumothorax.",
        "A {side} pneumothorax may be present.",
      ], short: "pneumothorax"),
    "Pleural Effusion": Phrases(
      positive: [
        "{Size} {side} pleural effusion.", "Pleural fluid of {size} amount, {side}.",
        "There is a {size} effusion, {side}.", "A {size} {side} effusion layers at the base.",
      ],
      negative: [
        "No pleural fluid on either side.", "Pleural effusion is not seen.",
        "Both costophrenic angles are sharp.", "There is no effusion.",
      ],
      uncertain: [
        "A {size} {side} effusion is possible.", "There may be a little pleural fluid, {side}.",
        "Questionable {side} pleural effusion.",
      ], short: "pleural effusion"),
    "Cardiomegaly": Phrases(
      positive: ["The heart is enlarged.", "Cardiomegaly.", "There is enlargement of the heart."],
      negative: [
        "The heart is of normal size.", "Heart size is unremarkable.", "There is no cardiomegaly.",
      ],
      uncertain: ["Borderline heart size.", "Questionable cardiomegaly."], short: "cardiomegaly"),
    "Enlarged Cardiomediastinum": Phrases(
      positive: ["The upper mediastinum is widened.", "There is widening of the mediastinum."],
      negative: ["The mediastinum is of normal width.", "There is no mediastinal widening."],
      uncertain: ["Questionable mediastinal widening."], short: "mediastinal widening"),
    "Lung Lesion": Phrases(
      positive: ["There is a {side} lung nodule.", "A {size} mass is present, {side}."],
      negative: ["There is no nodule or mass.", "A lung nodule is not seen."],
      uncertain: ["Questionable nodule, {side}.", "A {side} nodule is possible."],
      short: "lung nodule"),
    "Lung Opacity": Phrases(
      positive: [
        "Patchy {side} opacity.", "There is {side} airspace opacification.",
        "{Side} basal infiltrate.",
      ],
      negative: ["There is no infiltrate.", "No opacity is seen in the lungs."],
      uncertain: ["Questionable {side} infiltrate.", "A {side} opacity is possible."],
      short: "airspace opacity"),
    "Edema": Phrases(
      positive: ["There is pulmonary edema.", "Signs of interstitial edema are present."],
      negative: ["There is no edema.", "The pulmonary vessels are not congested, no edema."],
      uncertain: ["Edema is possible.", "Questionable early edema."], short: "edema"),
    "Consolidation": Phrases(
      positive: ["{Side} consolidation.", "There is a {size} consolidation, {side}."],
      negative: ["There is no consolidation.", "Consolidation is not seen."],
      uncertain: ["Questionable {side} consolidation.", "A {side} consolidation is possible."],
      short: "consolidation"),
    "Atelectasis": Phrases(
      positive: ["{Side} basal atelectasis.", "There is some {side} atelectasis."],
      negative: ["There is no atelectasis.", "Atelectasis is not seen."],
      uncertain: ["Questionable {side} atelectasis.", "Some {side} atelectasis is possible."],
      short: "atelectasis"),
    "Support Devices": Phrases(
      positive: [
        "A central venous catheter is in place.", "A chest tube lies in the {side} hemithorax.",
        "A pacemaker is present.",
      ],
      negative: ["There are no lines or tubes.", "The chest drain has been removed."],
      uncertain: ["Questionable retained catheter.", "A retained drain is possible."]),
  ]
}
