//! `google.rpc.Code`: the names of the codes and their HTTP statuses.

/// The name of a code, and the HTTP status that Google's frontends map it to
/// (google/rpc/code.proto).
pub(crate) fn canonical_code(code: i64) -> (&'static str, u16) {
    match code {
        0 => ("OK", 200),
        1 => ("CANCELLED", 499),
        3 => ("INVALID_ARGUMENT", 400),
        4 => ("DEADLINE_EXCEEDED", 504),
        5 => ("NOT_FOUND", 404),
        6 => ("ALREADY_EXISTS", 409),
        7 => ("PERMISSION_DENIED", 403),
        8 => ("RESOURCE_EXHAUSTED", 429),
        9 => ("FAILED_PRECONDITION", 400),
        10 => ("ABORTED", 409),
        11 => ("OUT_OF_RANGE", 400),
        12 => ("UNIMPLEMENTED", 501),
        13 => ("INTERNAL", 500),
        14 => ("UNAVAILABLE", 503),
        15 => ("DATA_LOSS", 500),
        16 => ("UNAUTHENTICATED", 401),
        _ => ("UNKNOWN", 500),
    }
}

/// The HTTP status of a code, given by its name; 500 for an unknown name.
pub(crate) fn status_of(name: &str) -> u16 {
    let found = (0..=16).map(canonical_code).find(|(code, _)| *code == name);
    found.map_or(500, |(_, status)| status)
}
