//! The packets that a server writes: OK, ERR, EOF and result sets in the text and the binary protocol.

use mysql_common::constants::{CapabilityFlags, ColumnFlags, ColumnType, StatusFlags};
use mysql_common::io::BufMutExt;
use mysql_common::packets::{Column as ColumnDefinition, NullBitmap};
use mysql_common::proto::MySerialize;
use mysql_common::value::ServerSide;

use crate::answer::{Answer, Cell, Column, ColumnKind, ServerError, Table};
use crate::query::datetime::{self, Civil};

const UTF8MB4_GENERAL_CI: u16 = 45;
const BINARY: u16 = 63;

/// How values are written: as text after a query, in binary after the execution of a prepared statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Text,
    Binary,
}

/// What an answer looks like to one client.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dialect {
    pub(super) capabilities: CapabilityFlags,
    pub(super) status: StatusFlags,
    /// Seconds ahead of UTC in which the session wants timestamps.
    pub(super) offset: i32,
    pub(super) format: Format,
}

/// The packets of one reply, without their headers.
pub(super) type Packets = Vec<Vec<u8>>;

impl Dialect {
    /// The reply to one statement.
    pub(super) fn reply(&self, answer: &Result<Answer, ServerError>, packets: &mut Packets) {
        match answer {
            Ok(Answer::Done) => packets.push(self.ok()),
            Ok(Answer::Rows(table)) => self.rows(table, packets),
            Err(error) => packets.push(err(error)),
        }
    }

    pub(super) fn ok(&self) -> Vec<u8> {
        self.ok_with_header(0x00)
    }

    fn ok_with_header(&self, header: u8) -> Vec<u8> {
        let mut packet = vec![header, 0, 0];
        packet.extend(self.status.bits().to_le_bytes());
        packet.extend([0, 0]);
        packet
    }

    pub(super) fn eof(&self) -> Vec<u8> {
        let mut packet = vec![0xFE, 0, 0];
        packet.extend(self.status.bits().to_le_bytes());
        packet
    }

    fn deprecates_eof(&self) -> bool {
        self.capabilities.contains(CapabilityFlags::CLIENT_DEPRECATE_EOF)
    }

    fn rows(&self, table: &Table, packets: &mut Packets) {
        let mut count = Vec::new();
        count.put_lenenc_int(table.columns.len() as u64);
        packets.push(count);
        packets.extend(table.columns.iter().map(column));
        if !self.deprecates_eof() {
            packets.push(self.eof());
        }
        packets.extend(table.rows.iter().map(|row| match self.format {
            Format::Text => self.text_row(row),
            Format::Binary => self.binary_row(&table.columns, row),
        }));
        packets.push(match self.deprecates_eof() {
            true => self.ok_with_header(0xFE),
            false => self.eof(),
        });
    }

    fn text_row(&self, row: &[Cell]) -> Vec<u8> {
        let mut packet = Vec::with_capacity(row.len() * 16);
        for cell in row {
            match cell {
                Cell::Null => packet.push(0xFB),
                Cell::Text(text) => packet.put_lenenc_str(text.as_bytes()),
                other => packet.put_lenenc_str(self.text(other).as_bytes()),
            }
        }
        packet
    }

    fn text(&self, cell: &Cell) -> String {
        match cell {
            Cell::Null => String::new(),
            Cell::Integer(value) => value.to_string(),
            Cell::Unsigned(value) => value.to_string(),
            Cell::Text(text) => text.clone(),
            Cell::Timestamp(micros) => datetime::local(*micros, self.offset).text(6),
        }
    }

    fn binary_row(&self, columns: &[Column], row: &[Cell]) -> Vec<u8> {
        let mut nulls = NullBitmap::<ServerSide>::new(columns.len());
        let mut values = Vec::new();
        for (index, (column, cell)) in columns.iter().zip(row).enumerate() {
            match (column.kind, cell) {
                (_, Cell::Null) => nulls.set(index, true),
                (ColumnKind::Integer | ColumnKind::Unsigned, cell) => values.extend(integer(cell)),
                (ColumnKind::Timestamp, cell) => self.binary_timestamp(cell, &mut values),
                (ColumnKind::Text | ColumnKind::Decimal, cell) => values.put_lenenc_str(self.text(cell).as_bytes()),
            }
        }
        let mut packet = vec![0x00];
        packet.extend_from_slice(nulls.as_ref());
        packet.extend(values);
        packet
    }

    fn binary_timestamp(&self, cell: &Cell, packet: &mut Vec<u8>) {
        // A zero length stands for the zero date, the nearest to a text that is no date at all.
        let Some(civil) = Civil::parse(&self.text(cell)) else {
            packet.push(0);
            return;
        };
        packet.push(11);
        packet.extend((civil.year as u16).to_le_bytes());
        packet.extend([civil.month, civil.day, civil.hour, civil.minute, civil.second]);
        packet.extend(civil.micros.to_le_bytes());
    }
}

fn integer(cell: &Cell) -> [u8; 8] {
    match cell {
        Cell::Integer(value) | Cell::Timestamp(value) => value.to_le_bytes(),
        Cell::Unsigned(value) => value.to_le_bytes(),
        Cell::Text(text) => text.parse::<i64>().unwrap_or_default().to_le_bytes(),
        Cell::Null => [0; 8],
    }
}

/// An ERR packet.
pub(super) fn err(error: &ServerError) -> Vec<u8> {
    let mut packet = vec![0xFF];
    packet.extend(error.errno.to_le_bytes());
    packet.push(b'#');
    packet.extend_from_slice(error.sqlstate.as_bytes());
    packet.extend_from_slice(error.message.as_bytes());
    packet
}

/// The answer to `COM_STMT_PREPARE`: the statement's number, and a definition for each parameter. The columns are
/// told with each execution.
pub(super) fn prepared(dialect: &Dialect, id: u32, parameters: u16) -> Packets {
    let mut head = vec![0x00];
    head.extend(id.to_le_bytes());
    head.extend(0u16.to_le_bytes());
    head.extend(parameters.to_le_bytes());
    head.extend([0, 0, 0]);
    let mut packets = vec![head];
    let parameter = Column {
        name: "?".to_owned(),
        kind: ColumnKind::Text,
    };
    packets.extend((0..parameters).map(|_| column(&parameter)));
    if parameters > 0 && !dialect.deprecates_eof() {
        packets.push(dialect.eof());
    }
    packets
}

fn column(column: &Column) -> Vec<u8> {
    let (kind, length, decimals, character_set, flags) = match column.kind {
        ColumnKind::Integer => (ColumnType::MYSQL_TYPE_LONGLONG, 20, 0, BINARY, ColumnFlags::BINARY_FLAG),
        ColumnKind::Unsigned => (
            ColumnType::MYSQL_TYPE_LONGLONG,
            20,
            0,
            BINARY,
            ColumnFlags::BINARY_FLAG | ColumnFlags::UNSIGNED_FLAG,
        ),
        ColumnKind::Decimal => (
            ColumnType::MYSQL_TYPE_NEWDECIMAL,
            65,
            4,
            BINARY,
            ColumnFlags::BINARY_FLAG,
        ),
        ColumnKind::Text => (
            ColumnType::MYSQL_TYPE_VAR_STRING,
            16_384,
            0,
            UTF8MB4_GENERAL_CI,
            ColumnFlags::empty(),
        ),
        ColumnKind::Timestamp => (
            ColumnType::MYSQL_TYPE_TIMESTAMP,
            26,
            6,
            BINARY,
            ColumnFlags::BINARY_FLAG,
        ),
    };
    let definition = ColumnDefinition::new(kind)
        .with_name(column.name.as_bytes())
        .with_org_name(column.name.as_bytes())
        .with_column_length(length)
        .with_decimals(decimals)
        .with_character_set(character_set)
        .with_flags(flags);
    let mut packet = Vec::new();
    definition.serialize(&mut packet);
    packet
}
