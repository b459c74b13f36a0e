//! Service accounts.

use crate::{
    ApiError, ApiResponse, Call, Cloud,
    collection::{
        IdSource, Kind, Paging, Row, Verb, changed, dialect::standard::PAGING, with_project_id,
    },
    iam::Account,
};
use names::{Duration, Timestamp};
use serde_json::{Value, json};

/// A deleted account is kept by its unique ID, as another one may have its
/// address by the time when it is undeleted.
pub(crate) static SERVICE_ACCOUNT: Kind = Kind::new("iam.v1", "projects.serviceAccounts")
    .id(
        IdSource::Body("accountId"),
        "[a-z]([-a-z0-9]{4,28}[a-z0-9])",
        is_address,
    )
    .canonical(canonical)
    .paging(&Paging {
        default: 20,
        max: 100,
        ..PAGING
    })
    .custom(&[
        ("disable", |cloud, call, name| {
            set_disabled(cloud, call, name, true)
        }),
        ("enable", |cloud, call, name| {
            set_disabled(cloud, call, name, false)
        }),
        ("patch", patch),
        ("update", update),
    ])
    .messages(
        |_, _| "Unknown service account".to_owned(),
        |_, name| {
            let (project, email) = parts(name);
            let (id, _) = email.split_once('@').unwrap_or_default();
            format!("Service account {id} already exists within project projects/{project}.")
        },
    )
    .soft_delete(Duration::from_secs(30 * 86_400))
    .kept_as(|cloud, name| {
        let (project, key) = parts(name);
        let account = cloud.iam.accounts.get(key);
        let id = account.map_or(key, |account| &account.unique_id);
        format!("projects/{project}/deletedServiceAccounts/{id}")
    })
    .follow(follow)
    .render(|_, name, row, json| {
        let (project, email) = parts(name);
        let id = unique_id(row);
        json["projectId"] = project.into();
        json["email"] = email.into();
        json["oauth2ClientId"] = id.as_str().into();
        json["uniqueId"] = id.into();
    });

/// The project and the address in a name.
fn parts(name: &str) -> (&str, &str) {
    let mut parts = name.split('/').skip(1).step_by(2);
    let mut next = || parts.next().unwrap_or_default();
    (next(), next())
}

fn unique_id(row: &Row) -> String {
    format!("1{:0>20}", row.uid)
}

/// Whether an account can have this address: 6 to 30 lower-case letters, digits
/// and hyphens, a letter first, no hyphen last; and one `@`.
fn is_address(email: &str) -> bool {
    let (id, host) = email.split_once('@').unwrap_or_default();
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (6..=30).contains(&id.len())
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.bytes().all(plain)
        && !id.ends_with('-')
        && !host.contains('@')
}

/// Accounts are named by their addresses; requests may have the unique ID, and
/// `-` for the project.
fn canonical(cloud: &Cloud, call: &Call, name: String) -> String {
    let name = with_project_id(cloud, name);
    let (project, key) = parts(&name);
    if call.body["accountId"] == key {
        return format!("{name}@{project}.iam.gserviceaccount.com");
    }
    let (email, owner) = cloud.iam.account_project(project, key);
    let key = match cloud.iam.accounts.get(&email) {
        // No row has this name.
        Some(account) if !cloud.iam.is_readable(account, call.now) => &account.unique_id,
        Some(_) | None => &email,
    };
    match name.split_once("/serviceAccounts/") {
        Some(_) if project == "-" || project == owner => {
            format!("projects/{owner}/serviceAccounts/{key}")
        }
        Some(_) | None => name,
    }
}

/// Tells IAM of an account, as its row says.
pub(super) fn load(cloud: &mut Cloud, name: &str) {
    let (project, key) = parts(name);
    if let Some(row) = SERVICE_ACCOUNT.any_row(cloud, name) {
        let account = Account {
            project: project.to_owned(),
            unique_id: unique_id(row),
            disabled: row.body["disabled"] == true,
            created: row.created,
        };
        cloud.iam.accounts.insert(key.to_owned(), account);
    }
}

fn follow(cloud: &mut Cloud, _: &Call, verb: Verb, name: &str) {
    let (project, email) = parts(name);
    if verb == Verb::Delete
        && let Some(Account { unique_id, .. }) = cloud.iam.accounts.remove(email)
    {
        let kept = format!("projects/{project}/deletedServiceAccounts/{unique_id}");
        load(cloud, &kept);
        cloud.iam.unbind_account(email, &unique_id);
        return;
    }
    load(cloud, name);
    if verb == Verb::Undelete
        && let Some(Account { unique_id, .. }) = cloud.iam.accounts.get(email).cloned()
    {
        cloud.iam.accounts.remove(&unique_id);
        cloud.iam.bind_account(email, &unique_id);
    }
}

fn set_disabled(
    cloud: &mut Cloud,
    call: &Call,
    name: &str,
    disabled: bool,
) -> Result<ApiResponse, ApiError> {
    let row = SERVICE_ACCOUNT.row_mut(cloud, name).expect("it exists");
    set(row, "disabled", disabled.into(), call.now);
    load(cloud, name);
    Ok(ApiResponse::Json(json!({})))
}

/// The response contains the changed fields and the name, as recorded.
fn patch(cloud: &mut Cloud, call: &Call, name: &str) -> Result<ApiResponse, ApiError> {
    let row = SERVICE_ACCOUNT.row_mut(cloud, name).expect("it exists");
    let mut json = json!({ "name": name });
    let mask = call.body["updateMask"].as_str().unwrap_or_default();
    for field in mask.split(',') {
        let field = match field.trim() {
            "displayName" | "display_name" => "displayName",
            "description" => "description",
            other => {
                let message = format!("Invalid update_mask {other:?}.");
                return Err(ApiError::invalid(message));
            }
        };
        let value = call.body["serviceAccount"][field].as_str();
        json[field] = value.unwrap_or_default().into();
        set(row, field, json[field].clone(), call.now);
    }
    Ok(ApiResponse::Json(json))
}

/// Google says of this old method that it changes the display name only.
fn update(cloud: &mut Cloud, call: &Call, name: &str) -> Result<ApiResponse, ApiError> {
    let row = SERVICE_ACCOUNT.row_mut(cloud, name).expect("it exists");
    let value = call.body["displayName"].as_str().unwrap_or_default();
    set(row, "displayName", value.into(), call.now);
    changed(&SERVICE_ACCOUNT, "update", cloud, call, name)
}

/// Sets a field; default values are not stored.
fn set(row: &mut Row, field: &str, value: Value, now: Timestamp) {
    if value == "" || value == false {
        row.remove_field(field);
    } else {
        row.body[field] = value;
    }
    row.touch(now);
}
