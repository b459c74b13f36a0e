//! Service accounts.

use crate::{
    ApiPath, Client, Collection, Error, Idempotency, Method, NewId, On, Request, ResourceName,
    ResponseKind, collection::collection, policy,
};
use names::{ProjectId, ServiceAccountEmail};
use serde::Deserialize;
use serde_json::json;

const FIELDS: &[&str] = &[
    "name",
    "email",
    "uniqueId",
    "disabled",
    "displayName",
    "description",
];

collection! {
    /// Service accounts. A deleted one can be undeleted for 30 days.
    ACCOUNTS = "iam.projects.serviceAccounts" ("iam.serviceAccounts"),
    "projects/project-1/serviceAccounts/a@project-1.iam.gserviceaccount.com",
    items: "accounts", page_size: 100, id: NewId::Wrapped("accountId", "serviceAccount");
    create post "/v1/{+name}/serviceAccounts" (create Resource)
        .request_fields(&[
            "accountId",
            "serviceAccount.displayName",
            "serviceAccount.description",
        ])
        .response_fields(FIELDS);
    get get "/v1/{+name}" (get Resource).response_fields(FIELDS);
    list get "/v1/{+name}/serviceAccounts" (list Resource)
        .query(&["pageSize", "pageToken"])
        .response_fields(&["accounts.name", "accounts.email", "nextPageToken"]);
    patch patch "/v1/{+name}" (update Resource)
        .request_fields(&[
            "serviceAccount.displayName",
            "serviceAccount.description",
            "updateMask",
        ])
        .response_fields(FIELDS)
        .idempotency(Idempotency::Always);
    delete delete "/v1/{+name}" (delete Resource).response(ResponseKind::Empty);
    getIamPolicy post "/v1/{+resource}:getIamPolicy" (getIamPolicy Resource)
        .query(policy::VERSION_QUERY).reads_policy();
    setIamPolicy post "/v1/{+resource}:setIamPolicy" (setIamPolicy Resource).writes_policy();
}

impl ResourceName for ServiceAccountEmail {
    type Resource = ServiceAccount;
    type Listed = ServiceAccount;
    const COLLECTION: &'static Collection = &ACCOUNTS;
}

/// Disables an account: its tokens are rejected at once.
pub static ACCOUNTS_DISABLE: Method = Method::post(
    "iam.projects.serviceAccounts.disable",
    "/v1/{+name}:disable",
)
.idempotency(Idempotency::Always)
.response(ResponseKind::Empty)
.needs(&[("iam.serviceAccounts.disable", On::Resource)]);

/// Enables a disabled account.
pub static ACCOUNTS_ENABLE: Method =
    Method::post("iam.projects.serviceAccounts.enable", "/v1/{+name}:enable")
        .idempotency(Idempotency::Always)
        .response(ResponseKind::Empty)
        .needs(&[("iam.serviceAccounts.enable", On::Resource)]);

/// Undeletes a service account, by its unique ID.
pub static ACCOUNTS_UNDELETE: Method = Method::post(
    "iam.projects.serviceAccounts.undelete",
    "/v1/{+name}:undelete",
)
.response_fields(&["restoredAccount.email", "restoredAccount.uniqueId"])
.needs(&[("iam.serviceAccounts.undelete", On::Project)]);

/// Creates a key of an account.
pub static ACCOUNT_KEYS_CREATE: Method = Method::post(
    "iam.projects.serviceAccounts.keys.create",
    "/v1/{+name}/keys",
)
.response_fields(&["privateKeyData"])
.needs(&[("iam.serviceAccountKeys.create", On::Resource)]);

/// A service account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceAccount {
    /// Its email address.
    pub email: ServiceAccountEmail,
    /// Whether it is disabled: its tokens are rejected.
    #[serde(default)]
    pub disabled: bool,
    /// The display name.
    #[serde(default)]
    pub display_name: String,
    /// The description.
    #[serde(default)]
    pub description: String,
}

/// Disables or enables an account.
///
/// # Errors
/// The call failed; 404 if the account does not exist.
pub async fn set_account_disabled(
    client: &Client,
    email: &ServiceAccountEmail,
    disabled: bool,
) -> Result<(), Error> {
    let method = if disabled {
        &ACCOUNTS_DISABLE
    } else {
        &ACCOUNTS_ENABLE
    };
    let request = Request::on(method, &email.path()).json(&json!({}));
    client.send(&request).await?;
    Ok(())
}

/// Creates a key of an account; returns its credentials file, JSON, in base64.
///
/// # Errors
/// The call failed; 400 if the account has ten keys.
pub async fn create_account_key(
    client: &Client,
    email: &ServiceAccountEmail,
) -> Result<String, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct CreatedKey {
        private_key_data: String,
    }
    let request = Request::on(&ACCOUNT_KEYS_CREATE, &email.path()).json(&json!({}));
    Ok(client.json::<CreatedKey>(&request).await?.private_key_data)
}

/// Undeletes the account of `project` with this unique ID; it is again a member
/// of every binding it was in.
///
/// # Errors
/// The call failed; 404 after 30 days, or if a new account has its email.
pub async fn undelete_account(
    client: &Client,
    project: &ProjectId,
    unique_id: &str,
) -> Result<(), Error> {
    let name = format!("projects/{project}/serviceAccounts/{unique_id}");
    let request = Request::on(&ACCOUNTS_UNDELETE, &name).json(&json!({}));
    client.send(&request).await?;
    Ok(())
}
