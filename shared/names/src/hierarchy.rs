//! Names of what a project belongs to: its folder and its billing account.

use crate::name::name;

name!(
    /// A folder of Resource Manager, `folders/{number}`.
    FolderName,
    "folder",
    "folders/NUMBER",
    |t| t.strip_prefix("folders/").is_some_and(|number| {
        (1..=20).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit())
    })
);

name!(
    /// A billing account, `billingAccounts/{id}`.
    BillingAccountName,
    "billing account",
    "such as billingAccounts/012345-6789AB-CDEF01: three times six hexadecimal digits",
    |t| t.strip_prefix("billingAccounts/").is_some_and(|id| {
        let digit = |b: u8| b.is_ascii_digit() || (b'A'..=b'F').contains(&b);
        let part = |part: &str| part.len() == 6 && part.bytes().all(digit);
        id.split('-').count() == 3 && id.split('-').all(part)
    })
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unchanged_by_parsing_and_printing() {
        let folder: FolderName = "folders/123".parse().expect("valid");
        assert_eq!(folder.to_string(), "folders/123");
        let text = "billingAccounts/012345-6789AB-CDEF01";
        let account: BillingAccountName = text.parse().expect("valid");
        assert_eq!(account.to_string(), text);
        for wrong in ["", "123", "folders/", "folders/a", "billingAccounts/012345"] {
            assert!(wrong.parse::<FolderName>().is_err(), "{wrong:?} parsed");
            let account = wrong.parse::<BillingAccountName>();
            assert!(account.is_err(), "{wrong:?} parsed");
        }
    }
}
