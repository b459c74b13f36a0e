//! Methods on service accounts.

use super::request::{account, project, text};
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    iam::{Account, Resource},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

fn to_json(email: &str, account: &Account) -> Value {
    let mut json = json!({
        "name": format!("projects/{}/serviceAccounts/{email}", account.project),
        "projectId": account.project,
        "uniqueId": account.unique_id,
        "email": email,
        "oauth2ClientId": account.unique_id,
        "etag": BASE64_STANDARD.encode(&account.unique_id[..8]),
    });
    for (field, value) in [
        ("displayName", &account.display_name),
        ("description", &account.description),
    ] {
        if !value.is_empty() {
            json[field] = value.as_str().into();
        }
    }
    if account.disabled {
        json["disabled"] = true.into();
    }
    json
}

/// The email address of the account in the path; 404 if it does not exist.
pub(super) fn email(cloud: &Cloud, call: &Call) -> Result<String, ApiError> {
    let requested = call.path("project");
    let found = cloud
        .iam
        .account(call.path("account"))
        .filter(|(_, account)| account.readable_from.is_none_or(|from| from <= call.now))
        .filter(|(_, account)| {
            requested == "-"
                || cloud
                    .iam
                    .project(requested)
                    .is_some_and(|(id, _)| id == account.project)
        });
    let (email, _) = found.ok_or_else(|| ApiError::not_found("Unknown service account"))?;
    Ok(email.clone())
}

/// The account in the path; 404 if it does not exist.
pub(super) fn existing(cloud: &Cloud, call: &Call) -> Result<Resource, ApiError> {
    email(cloud, call).map(|_| account(call))
}

pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let email = email(cloud, call)?;
    let account = cloud.iam.accounts.get(&email);
    Ok(ApiResponse::Json(
        account.map_or(Value::Null, |account| to_json(&email, account)),
    ))
}

pub(super) fn create(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let project = project(cloud, call)?;
    let id = text(&call.body, "accountId")?;
    let edge = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let valid = (6..=30).contains(&id.len())
        && id.as_bytes()[0].is_ascii_lowercase()
        && id.bytes().all(|b| edge(b) || b == b'-')
        && !id.ends_with('-');
    if !valid {
        return Err(ApiError::invalid(format!(
            "Invalid service account ID {id:?}: 6 to 30 lower-case letters, digits and hyphens, \
             a letter first, no hyphen last."
        )));
    }
    let described = &call.body["serviceAccount"];
    let (name, description) = (
        text(described, "displayName")?,
        text(described, "description")?,
    );
    let email = cloud.iam.create_account(&project, id, name, description)?;
    cloud.iam.delay_visibility(&email, call.now);
    let account = cloud.iam.accounts.get(&email);
    Ok(ApiResponse::Json(
        account.map_or(Value::Null, |account| to_json(&email, account)),
    ))
}

pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let project = project(cloud, call)?;
    let size = call
        .query_u64("pageSize")?
        .filter(|size| *size > 0)
        .unwrap_or(20)
        .min(100);
    let after = call.query("pageToken").unwrap_or_default();
    let mut rest = cloud
        .iam
        .accounts
        .iter()
        .filter(|(email, account)| account.project == project && email.as_str() > after)
        .peekable();
    let mut page = Vec::new();
    let mut last = "";
    while page.len() < usize::try_from(size).unwrap_or(100)
        && let Some((email, account)) = rest.next()
    {
        page.push(to_json(email, account));
        last = email;
    }
    let mut json = json!({ "accounts": page });
    if rest.peek().is_some() {
        json["nextPageToken"] = last.into();
    }
    Ok(ApiResponse::Json(json))
}

pub(super) fn delete(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let email = email(cloud, call)?;
    cloud.iam.delete_account(&email, call.now);
    Ok(ApiResponse::Json(json!({})))
}

/// Only by unique ID, since another account may have the address by now.
pub(super) fn undelete(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let email = cloud.iam.undelete_account(call.path("account"))?;
    let account = cloud.iam.accounts.get(&email);
    Ok(ApiResponse::Json(match account {
        Some(account) => json!({ "restoredAccount": to_json(&email, account) }),
        None => json!({}),
    }))
}

/// The response contains the changed fields and the name, as recorded.
pub(super) fn patch(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let email = email(cloud, call)?;
    let account = cloud.iam.accounts.get_mut(&email);
    let account = account.ok_or_else(|| ApiError::not_found("Unknown service account"))?;
    let mut json =
        json!({ "name": format!("projects/{}/serviceAccounts/{email}", account.project) });
    for field in text(&call.body, "updateMask")?.split(',') {
        let (field, place) = match field.trim() {
            "displayName" | "display_name" => ("displayName", &mut account.display_name),
            "description" => ("description", &mut account.description),
            other => {
                let message = format!("Invalid update_mask {other:?}.");
                return Err(ApiError::invalid(message));
            }
        };
        let value = text(&call.body["serviceAccount"], field)?;
        value.clone_into(place);
        json[field] = value.into();
    }
    Ok(ApiResponse::Json(json))
}

pub(super) fn disable(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    set_disabled(cloud, call, true)
}

pub(super) fn enable(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    set_disabled(cloud, call, false)
}

fn set_disabled(cloud: &mut Cloud, call: &Call, disabled: bool) -> Result<ApiResponse, ApiError> {
    let email = email(cloud, call)?;
    if let Some(account) = cloud.iam.accounts.get_mut(&email) {
        account.disabled = disabled;
    }
    Ok(ApiResponse::Json(json!({})))
}
