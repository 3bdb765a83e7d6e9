//! Rows about where data backups go: the parameter, and storage info.

use super::{integer, text};
use crate::answer::Cell;
use crate::cluster::profile::Capabilities;
use crate::cluster::storage_info::StorageInfo;
use crate::cluster::tenant::Tenant;

pub(super) fn parameter(tenant: &Tenant) -> Vec<Vec<Cell>> {
    let row = |value: &str| vec![integer(tenant.id), text("data_backup_dest"), text(value)];
    tenant.data_backup_dest.iter().map(|dest| row(&dest.value)).collect()
}

pub(super) fn storage_info(tenant: &Tenant, rows: &[StorageInfo], capabilities: &Capabilities) -> Vec<Vec<Cell>> {
    rows.iter()
        .map(|row| {
            vec![
                integer(tenant.id),
                text(&row.path),
                text(&row.endpoint),
                integer(row.dest_id),
                text(row.dest_type.text()),
                text(row.authorization.text(capabilities)),
                text(row.extension.join("&")),
                text(&row.check_file_name),
                Cell::Timestamp(row.last_check),
                integer(row.max_iops),
                integer(row.max_bandwidth),
                text(bandwidth_display(row.max_bandwidth)),
            ]
        })
        .collect()
}

/// Two decimals of the largest unit that fits.
fn bandwidth_display(bytes: u64) -> String {
    if bytes == 0 {
        return "UNLIMITED".to_owned();
    }
    let units = ["B/s", "KB/s", "MB/s", "GB/s", "TB/s", "PB/s"];
    scaled(bytes, &units, 0)
}

/// A number of bytes with two decimals; `smallest` is the power of 1024 that the first unit stands for.
pub(super) fn scaled(bytes: u64, units: &[&str], smallest: u32) -> String {
    let mut power = 0;
    while power + 1 < units.len() && bytes >> (10 * (smallest as usize + power + 1)) > 0 {
        power += 1;
    }
    let unit = 1_u128 << (10 * (smallest as usize + power));
    let hundredths = u128::from(bytes) * 100 / unit;
    format!("{}.{:02}{}", hundredths / 100, hundredths % 100, units[power])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bandwidth_is_shown_in_its_largest_unit() {
        for (bytes, expected) in [
            (0, "UNLIMITED"),
            (512, "512.00B/s"),
            (10 << 20, "10.00MB/s"),
            (1_610_612_736, "1.50GB/s"),
            (u64::MAX, "16383.99PB/s"),
        ] {
            assert_eq!(bandwidth_display(bytes), expected);
        }
    }
}
