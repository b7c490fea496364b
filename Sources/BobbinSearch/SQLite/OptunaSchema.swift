/// Optuna's tables, as Optuna 3.2 to 5.0 make them.
///
/// - Source: Optuna's `storages/_rdb/models.py`. Names and widths are theirs, so that either program opens the other's file.
enum OptunaSchema {
  /// What the tables are today.
  static let revision = "v3.2.0.a"
  /// The one before, which differs by an index only: it can be read, and Optuna upgrades it.
  static let readableRevisions: Set<String> = [revision, "v3.0.0.d"]
  /// A number that never changes any more.
  static let version = 12
  /// Who made the tables; Optuna shows it in an error message.
  static let creator = "bobbin"

  /// The tables that a file with studies has at least.
  static let tables: Set<String> = [
    "studies", "study_directions", "study_user_attributes", "study_system_attributes", "trials", "trial_params",
    "trial_values", "trial_intermediate_values", "trial_heartbeats", "trial_user_attributes",
    "trial_system_attributes", "version_info",
  ]

  static let creation: [String] = [
    """
    CREATE TABLE studies (study_id INTEGER NOT NULL, study_name VARCHAR(512) NOT NULL, PRIMARY KEY (study_id))
    """,
    "CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name)",
    """
    CREATE TABLE version_info (version_info_id INTEGER NOT NULL, schema_version INTEGER, library_version VARCHAR(256),
      PRIMARY KEY (version_info_id), CHECK (version_info_id = 1))
    """,
    """
    CREATE TABLE study_directions (study_direction_id INTEGER NOT NULL, direction VARCHAR(8) NOT NULL,
      study_id INTEGER NOT NULL, objective INTEGER NOT NULL, PRIMARY KEY (study_direction_id),
      UNIQUE (study_id, objective), FOREIGN KEY(study_id) REFERENCES studies (study_id))
    """,
    attributes("study", kind: "user"), attributes("study", kind: "system"),
    """
    CREATE TABLE trials (trial_id INTEGER NOT NULL, number INTEGER, study_id INTEGER, state VARCHAR(8) NOT NULL,
      datetime_start DATETIME, datetime_complete DATETIME, PRIMARY KEY (trial_id),
      FOREIGN KEY(study_id) REFERENCES studies (study_id))
    """,
    "CREATE INDEX ix_trials_study_id ON trials (study_id)",
    attributes("trial", kind: "user"), attributes("trial", kind: "system"),
    """
    CREATE TABLE trial_params (param_id INTEGER NOT NULL, trial_id INTEGER, param_name VARCHAR(512), param_value FLOAT,
      distribution_json TEXT, PRIMARY KEY (param_id), UNIQUE (trial_id, param_name),
      FOREIGN KEY(trial_id) REFERENCES trials (trial_id))
    """,
    """
    CREATE TABLE trial_values (trial_value_id INTEGER NOT NULL, trial_id INTEGER NOT NULL, objective INTEGER NOT NULL,
      value FLOAT, value_type VARCHAR(7) NOT NULL, PRIMARY KEY (trial_value_id), UNIQUE (trial_id, objective),
      FOREIGN KEY(trial_id) REFERENCES trials (trial_id))
    """,
    """
    CREATE TABLE trial_intermediate_values (trial_intermediate_value_id INTEGER NOT NULL, trial_id INTEGER NOT NULL,
      step INTEGER NOT NULL, intermediate_value FLOAT, intermediate_value_type VARCHAR(7) NOT NULL,
      PRIMARY KEY (trial_intermediate_value_id), UNIQUE (trial_id, step),
      FOREIGN KEY(trial_id) REFERENCES trials (trial_id))
    """,
    """
    CREATE TABLE trial_heartbeats (trial_heartbeat_id INTEGER NOT NULL, trial_id INTEGER NOT NULL,
      heartbeat DATETIME NOT NULL, PRIMARY KEY (trial_heartbeat_id), UNIQUE (trial_id),
      FOREIGN KEY(trial_id) REFERENCES trials (trial_id))
    """,
  ]

  /// The table that says the revision, which Optuna's tool for migrations keeps.
  static let revisionTable = """
    CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL,
      CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))
    """

  private static func attributes(_ owner: String, kind: String) -> String {
    let plural = owner == "study" ? "studies" : "trials"
    return """
      CREATE TABLE \(owner)_\(kind)_attributes (\(owner)_\(kind)_attribute_id INTEGER NOT NULL, \(owner)_id INTEGER,
        "key" VARCHAR(512), value_json TEXT, PRIMARY KEY (\(owner)_\(kind)_attribute_id), UNIQUE (\(owner)_id, "key"),
        FOREIGN KEY(\(owner)_id) REFERENCES \(plural) (\(owner)_id))
      """
  }
}

/// How a value that may be infinite or NaN stands in two columns: NULL and a name where it is not finite.
enum StoredNumber {
  static func columns(_ value: Double) -> (SQLiteValue, SQLiteValue) {
    if value.isNaN { return (.null, .text("NAN")) }
    if value.isInfinite { return (.null, .text(value > 0 ? "INF_POS" : "INF_NEG")) }
    return (.real(value), .text("FINITE"))
  }

  /// Nil where the columns contradict each other.
  static func value(_ number: Double?, kind: String?) -> Double? {
    switch (kind, number) {
    case ("FINITE", let number?): number
    case ("INF_POS", nil): .infinity
    case ("INF_NEG", nil): -.infinity
    case ("NAN", nil): .nan
    default: nil
    }
  }
}
