//! Names of databases, collections and documents.

use crate::{ApiError, Call};

/// The name of the database in the call's path, `projects/p/databases/d`.
pub(super) fn database(call: &Call) -> String {
    format!(
        "projects/{}/databases/{}",
        call.path("projectsId"),
        call.path("databasesId")
    )
}

/// The name of a field of a collection group.
pub(super) fn field_name(database: &str, group: &str, path: &str) -> String {
    format!("{database}/collectionGroups/{group}/fields/{path}")
}

/// The full name of the document or collection in the call's path, whose
/// segments are `s1`, `s2` and so on.
pub(super) fn path_of_call(call: &Call) -> String {
    let segments = ["s1", "s2", "s3", "s4", "s5", "s6"];
    let found = segments.iter().map_while(|segment| call.path.get(segment));
    let mut name = format!("{}/documents", database(call));
    for segment in found {
        name.push('/');
        name.push_str(segment);
    }
    name
}

/// Checks the ID of a document or collection by Firestore's rules.
pub(super) fn check_id(id: &str) -> Result<(), ApiError> {
    let is_reserved = id.len() >= 4 && id.starts_with("__") && id.ends_with("__");
    if id.is_empty()
        || id.len() > 1500
        || id.contains('/')
        || is_reserved
        || matches!(id, "." | "..")
    {
        return Err(ApiError::invalid(format!(
            "Resource id \"{id}\" is invalid: it is empty, longer than 1500 bytes, reserved, or has a slash."
        )));
    }
    Ok(())
}

/// Checks that `name` names a document of `database`.
pub(super) fn check_document(name: &str, database: &str) -> Result<(), ApiError> {
    let invalid_name = |what: &str| ApiError::invalid(format!("Document name \"{name}\" {what}."));
    let path = name
        .strip_prefix(database)
        .and_then(|rest| rest.strip_prefix("/documents/"))
        .ok_or_else(|| invalid_name(&format!("is not in the database {database}")))?;
    if path.split('/').count() % 2 != 0 {
        return Err(invalid_name(
            "lacks an ID at the end: it has an odd number of segments",
        ));
    }
    path.split('/').try_for_each(check_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_documents() {
        let database = "projects/p/databases/(default)";
        let table = [
            ("projects/p/databases/(default)/documents/c/a", true),
            ("projects/p/databases/(default)/documents/c/a:b @/s/x", true),
            ("projects/p/databases/(default)/documents/c", false),
            ("projects/p/databases/(default)/documents/c/", false),
            ("projects/p/databases/(default)/documents/c/..", false),
            ("projects/p/databases/(default)/documents/c/__x__", false),
            ("projects/p/databases/other/documents/c/a", false),
            ("c/a", false),
            ("", false),
        ];
        for (name, good) in table {
            assert_eq!(check_document(name, database).is_ok(), good, "{name}");
        }
    }
}
