//! What people type, and what the server answers.

use std::time::Duration;

use mysql_async::prelude::Queryable;

use oceanbase_simulator::cluster::Privileges;

use crate::support::{Fixture, ask, shown, text};

/// Runs every query on one connection, and reports all that differ.
async fn check(fixture: &Fixture, cases: &[(&str, &str)]) {
    let mut connection = fixture.sys().await;
    let mut wrong = Vec::new();
    for (sql, expected) in cases {
        let answer = ask(&mut connection, sql).await;
        if answer != *expected {
            wrong.push(format!("{sql}\n  expected {expected}\n  answered {answer}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn expressions_without_a_table() {
    check(
        &Fixture::new(),
        &[
            ("SELECT 1", "1 | 1"),
            ("select 1+1, 'a'", "1+1, a | 2, a"),
            ("SELECT 1 AS one, \"two\" two, 'it''s' x, 'it\\'s' y", "one, two, x, y | 1, two, it's, it's"),
            ("SELECT 7 DIV 2, 7 MOD 2, 7 % 2, MOD(7, 2)", "7 DIV 2, 7 MOD 2, 7 % 2, MOD(7, 2) | 3, 1, 1, 1"),
            ("SELECT 1/2 a, 10/4 b, 1/0 c", "a, b, c | 0.5000, 2.5000, NULL"),
            ("SELECT ROUND(2.567, 2) a, ROUND(7) b, FLOOR(-1.5) c, CEIL(1.2) d, TRUNCATE(2.567, 1) e", "a, b, c, d, e | 2.57, 7, -2, 2, 2.5"),
            ("SELECT 1 || 0 a, 1 && 0 b, 1 XOR 1 c, !0 d, NOT 1 e", "a, b, c, d, e | 1, 0, 0, 1, 0"),
            ("SELECT 6 & 3 a, 6 | 3 b, 6 ^ 3 c, 1 << 4 d", "a, b, c, d | 2, 7, 5, 16"),
            ("SELECT NULL <=> NULL a, 1 <=> NULL b, NULL = NULL c", "a, b, c | 1, 0, NULL"),
            ("SELECT 0.1+0.2 sum", "sum | 0.3"),
            ("SELECT TRUE, FALSE, NULL", "TRUE, FALSE, NULL | 1, 0, NULL"),
            ("SELECT 'a' = 'A' a, 'a' < 'B' b, 'a' = 'a  ' c, 'É' = 'é' d", "a, b, c, d | 1, 1, 1, 1"),
            ("SELECT 'a' = 'A' COLLATE utf8mb4_bin", "'a' = 'A' COLLATE utf8mb4_bin | 0"),
            ("SELECT 'abc' LIKE 'A%' a, 'a_c' LIKE 'a\\_c' b, 'abc' LIKE 'a\\_c' c, 'a%' LIKE 'a!%' ESCAPE '!' d", "a, b, c, d | 1, 1, 0, 1"),
            ("SELECT 'abc' REGEXP '^A.C$' a, 'abc' NOT REGEXP 'b' b, 'abc' RLIKE 'z' c", "a, b, c | 1, 0, 0"),
            ("SELECT 2 BETWEEN 1 AND 3 a, 2 IN (1, 2) b, (1, 2) IN ((1, 2), (3, 4)) c, 2 NOT IN (1) d", "a, b, c, d | 1, 1, 1, 1"),
            ("SELECT CASE 2 WHEN 1 THEN 'x' ELSE 'y' END c", "c | y"),
            ("SELECT IF(1 > 2, 'a', 'b') a, IFNULL(NULL, 'c') b, NULLIF(1, 1) c, COALESCE(NULL, 2) d, ISNULL(NULL) e", "a, b, c, d, e | b, c, NULL, 2, 1"),
            ("SELECT CONCAT('a', 1, 'b') a, CONCAT('a', NULL) b, CONCAT_WS('-', 'a', NULL, 'b') c", "a, b, c | a1b, NULL, a-b"),
            ("SELECT SUBSTRING_INDEX('a.b.c', '.', 2) a, SUBSTRING_INDEX('a.b.c', '.', -1) b", "a, b | a.b, c"),
            ("SELECT SUBSTRING('abcdef', 2, 3) a, SUBSTRING('abcdef' FROM -2) b, LEFT('abc', 2) c, RIGHT('abc', 2) d, MID('abc', 2) e", "a, b, c, d, e | bcd, ef, ab, bc, bc"),
            ("SELECT TRIM('  a ') a, TRIM(LEADING 'x' FROM 'xxa') b, LOCATE('B', 'abc') c, POSITION('c' IN 'abc') d, INSTR('abc', 'b') e", "a, b, c, d, e | a, a, 2, 3, 2"),
            ("SELECT LENGTH('é') a, CHAR_LENGTH('é') b, UPPER('é') c, REVERSE('ab') d, REPEAT('x', 3) e", "a, b, c, d, e | 2, 1, É, ba, xxx"),
            ("SELECT LPAD('5', 3, '0') a, RPAD('5', 2, 'x') b, FORMAT(1234567.891, 2) c, REPLACE('aXa', 'X', 'b') d", "a, b, c, d | 005, 5x, 1,234,567.89, aba"),
            ("SELECT FIELD('b', 'a', 'b') a, FIND_IN_SET('b', 'a,b') b, GREATEST(1, 3, 2) c, LEAST('b', 'a') d", "a, b, c, d | 2, 2, 3, a"),
            ("SELECT CAST('12abc' AS SIGNED) a, CAST(1.5 AS CHAR) b, CAST('3.456' AS DECIMAL(10,2)) c, CONVERT('7', UNSIGNED) d, CONVERT('x' USING utf8mb4) e", "a, b, c, d, e | 12, 1.5, 3.46, 7, x"),
            ("SELECT 0x41 a, X'4142' b, _utf8mb4'x' c, N'y' d", "a, b, c, d | A, AB, x, y"),
            ("SELECT DATABASE(), SCHEMA(), USER(), CURRENT_USER()", "DATABASE(), SCHEMA(), USER(), CURRENT_USER() | oceanbase, oceanbase, root@127.0.0.1, root@%"),
            ("SELECT EFFECTIVE_TENANT_ID() id, EFFECTIVE_TENANT() name, CONNECTION_ID() c, LAST_INSERT_ID() l", "id, name, c, l | 1, sys, 1, 0"),
            ("SELECT VERSION() v, OB_VERSION() o", "v, o | 5.7.25-OceanBase_CE-v4.2.1.0, 4.2.1.0"),
            ("SELECT 1 FROM DUAL WHERE 1 = 1", "1 | 1"),
            ("/*!40101 SET NAMES utf8mb4 */", ""),
            ("/*!40101 SET @x = 3 */;", ""),
            (&format!("SELECT 1{} AS sum", "+1".repeat(998)), "sum | 999"),
            (&format!("SELECT 7 IN ({}7) AS found", "8,".repeat(5_000)), "found | 1"),
            ("SELECT LOCATE('a', 'a', -9223372036854775808) a, SUBSTRING('abc', -9223372036854775808) b", "a, b | 0, "),
            ("SELECT (SELECT 5) + 1 AS six", "six | 6"),
            ("SELECT /*+ query_timeout(1000000) */ 1", "1 | 1"),
            ("/* hello */ SELECT 1 -- bye", "1 | 1"),
            ("SELECT 1 /*!50000 + 1 */ AS two", "two | 2"),
            ("SELECT 5 AS `a b`, 6 AS 'c d'", "a b, c d | 5, 6"),
            ("SELECT 1 UNION ALL SELECT 2 UNION SELECT 2 ORDER BY 1 DESC", "1 | 2 | 1"),
            ("WITH x AS (SELECT 1 a UNION SELECT 2) SELECT SUM(a) s FROM x", "s | 3"),
            ("SELECT DISTINCT a FROM (SELECT 1 a UNION ALL SELECT 1) t", "a | 1"),
        ],
    )
    .await;
}

#[tokio::test]
async fn dates_and_times_follow_the_virtual_clock_and_the_session() {
    check(
        &Fixture::new(),
        &[
            ("SELECT NOW()", "NOW() | 2026-01-01 08:00:00"),
            ("SET time_zone = '+00:00'", ""),
            ("SELECT NOW(6) a, CURRENT_TIMESTAMP b, CURDATE() c, CURTIME() d", "a, b, c, d | 2026-01-01 00:00:00.000000, 2026-01-01 00:00:00, 2026-01-01, 00:00:00"),
            ("SELECT UTC_TIMESTAMP(3) a, UNIX_TIMESTAMP() b", "a, b | 2026-01-01 00:00:00.000, 1767225600"),
            ("SELECT NOW() - INTERVAL 1 DAY a, NOW() + INTERVAL 90 MINUTE b, DATE_ADD('2024-01-31', INTERVAL 1 MONTH) c", "a, b, c | 2025-12-31 00:00:00, 2026-01-01 01:30:00, 2024-02-29"),
            ("SELECT DATE_SUB(NOW(), INTERVAL 1 YEAR) a, ADDDATE('2024-01-01', 31) b, TIMESTAMPADD(WEEK, 1, '2024-01-01') c", "a, b, c | 2025-01-01 00:00:00, 2024-02-01, 2024-01-08"),
            ("SELECT TIMESTAMPDIFF(SECOND, '2025-12-31 23:00:00', NOW()) a, TIMESTAMPDIFF(MONTH, '2025-01-31', '2025-02-28') b, DATEDIFF('2024-03-01', '2024-02-01') c", "a, b, c | 3600, 0, 29"),
            ("SELECT UNIX_TIMESTAMP('2026-01-01 00:00:01') a, FROM_UNIXTIME(1767225600) b, FROM_UNIXTIME(0.5) c", "a, b, c | 1767225601, 2026-01-01 00:00:00, 1970-01-01 00:00:00.500000"),
            ("SELECT time_to_usec('2026-01-01 00:00:00.000001') a, usec_to_time(1767225600000001) b", "a, b | 1767225600000001, 2026-01-01 00:00:00.000001"),
            ("SELECT scn_to_timestamp(1767225600000001000) a, timestamp_to_scn('2026-01-01 00:00:00') b", "a, b | 2026-01-01 00:00:00.000001, 1767225600000000000"),
            ("SELECT YEAR(NOW()) a, EXTRACT(MONTH FROM '2024-05-06') b, DATE_FORMAT('2024-05-06 07:08:09', '%Y/%m/%d %H-%i-%s') c, DATE('2024-05-06 01:02:03') d", "a, b, c, d | 2026, 5, 2024/05/06 07-08-09, 2024-05-06"),
            ("SELECT CONVERT_TZ('2024-01-01 00:00:00', '+00:00', '+08:00') a, DAYOFWEEK('2024-01-01') b, LAST_DAY('2024-02-01') c", "a, b, c | 2024-01-01 08:00:00, 2, 2024-02-29"),
            ("SELECT CAST('2024-05-06' AS DATETIME(3)) a, TIMESTAMP '2024-05-06 01:02:03' b, CAST('2024-05-06 01:00:00' AS DATE) c", "a, b, c | 2024-05-06 00:00:00.000, 2024-05-06 01:02:03, 2024-05-06"),
            ("SELECT DATE_ADD('nonsense', INTERVAL 1 DAY) a, UNIX_TIMESTAMP('nonsense') b", "a, b | NULL, NULL"),
        ],
    )
    .await;
}

#[tokio::test]
async fn variables_are_read_and_set() {
    check(
        &Fixture::new(),
        &[
            ("SELECT @@version_comment LIMIT 1", "@@version_comment | OceanBase_CE 4.2.1.0 (r100000000000000000-0000000000000000000000000000000000000000) (Built Jan  1 2024 00:00:00)"),
            ("SELECT @@ob_query_timeout, @@session.ob_trx_timeout, @@GLOBAL.autocommit", "@@ob_query_timeout, @@session.ob_trx_timeout, @@GLOBAL.autocommit | 10000000, 86400000000, 1"),
            ("SET ob_query_timeout = 60000000, time_zone = '+00:00'", ""),
            ("SELECT @@ob_query_timeout t, @@global.ob_query_timeout g, @@time_zone z", "t, g, z | 60000000, 10000000, +00:00"),
            ("SET SESSION ob_query_timeout = 5000000, wait_timeout = 10", ""),
            ("SET @@session.ob_trx_timeout = 7, @@sql_mode = ''", ""),
            ("SET LOCAL autocommit = OFF", ""),
            ("SELECT @@ob_query_timeout a, @@wait_timeout b, @@ob_trx_timeout c, @@autocommit d, @@sql_mode e", "a, b, c, d, e | 5000000, 10, 7, 0, "),
            ("SET ob_query_timeout = DEFAULT", ""),
            ("SHOW VARIABLES LIKE 'ob\\_query%'", "Variable_name, Value | ob_query_timeout, 10000000"),
            ("SHOW VARIABLES WHERE Variable_name IN ('autocommit', 'time_zone')", "Variable_name, Value | autocommit, OFF | time_zone, +00:00"),
            ("SHOW GLOBAL VARIABLES LIKE 'autocommit'", "Variable_name, Value | autocommit, ON"),
            ("SET NAMES utf8mb4", ""),
            ("SET NAMES 'utf8mb4' COLLATE 'utf8mb4_bin'", ""),
            ("SELECT @@character_set_client a, @@collation_connection b", "a, b | utf8mb4, utf8mb4_bin"),
            ("SET CHARACTER SET utf8", ""),
            ("SET NAMES klingon", "ERROR 1115 (42000): Unknown character set: 'klingon'"),
            ("SET @a = 5, @b := 'x'", ""),
            ("SELECT @a + 1 a, @b b, @nothing c", "a, b, c | 6, x, NULL"),
            ("SET sql_mode = CONCAT(@@sql_mode, 'ANSI')", ""),
            ("SELECT @@sql_mode", "@@sql_mode | ANSI"),
            ("SET GLOBAL event_scheduler = 1", ""),
            ("SELECT @@event_scheduler", "@@event_scheduler | 1"),
            ("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", ""),
            ("SELECT @@nothing", "ERROR 1193 (HY000): Unknown system variable 'nothing'"),
            ("SET nothing = 1", "ERROR 1193 (HY000): Unknown system variable 'nothing'"),
            ("SET event_scheduler = 1", "ERROR 1229 (HY000): Variable 'event_scheduler' is a GLOBAL variable and should be set with SET GLOBAL"),
            ("SET version = 'x'", "ERROR 1238 (HY000): Variable 'version' is a read only variable"),
            ("SET autocommit = 'perhaps'", "ERROR 1231 (42000): Variable 'autocommit' can't be set to the value of 'perhaps'"),
            ("SET ob_query_timeout = 'soon'", "ERROR 1232 (42000): Incorrect argument type to variable 'ob_query_timeout'"),
            ("SET time_zone = 'Mars/Olympus'", "ERROR 1298 (HY000): Unknown or incorrect time zone: 'Mars/Olympus'"),
        ],
    )
    .await;
}

#[tokio::test]
async fn views_are_tables() {
    check(
        &Fixture::new(),
        &[
            ("SELECT tenant_id, TENANT_NAME FROM oceanbase.DBA_OB_TENANTS WHERE tenant_type = 'user' ORDER BY tenant_id", "tenant_id, TENANT_NAME | 1002, mysql_tenant | 1004, mysql_tenant_2 | 1006, oracle_tenant"),
            ("SELECT tenant_id tid FROM DBA_OB_TENANTS WHERE tenant_id < 5 OR tenant_id > 6 HAVING tid = 1", "tid | 1"),
            ("SELECT MAX(tenant_id) m FROM DBA_OB_TENANTS HAVING m > 5000", "m"),
            ("SELECT t.* FROM CDB_OB_ARCHIVE_DEST t JOIN DBA_OB_TENANTS USING (tenant_id)", "TENANT_ID, DEST_NO, NAME, VALUE"),
            ("SELECT tenant_name FROM dba_ob_tenants WHERE TENANT_ID = '1004'", "tenant_name | mysql_tenant_2"),
            ("SELECT t.`TENANT_NAME` n FROM `oceanbase`.`DBA_OB_TENANTS` AS t WHERE t.tenant_name = \"SYS\"", "n | sys"),
            ("SELECT DBA_OB_TENANTS.TENANT_ID FROM DBA_OB_TENANTS LIMIT 1", "TENANT_ID | 1"),
            ("SELECT oceanbase.dba_ob_tenants.tenant_id FROM oceanbase.DBA_OB_TENANTS ORDER BY 1 DESC LIMIT 1 OFFSET 1", "tenant_id | 1005"),
            ("SELECT compatibility_mode, COUNT(*) FROM DBA_OB_TENANTS WHERE tenant_type = 'USER' GROUP BY compatibility_mode ORDER BY 2 DESC", "compatibility_mode, COUNT(*) | MYSQL, 2 | ORACLE, 1"),
            ("SELECT COUNT(DISTINCT tenant_type) FROM DBA_OB_TENANTS", "COUNT(DISTINCT tenant_type) | 3"),
            ("SELECT MAX(tenant_id) m, SUM(tenant_id > 1000) s, AVG(tenant_id) a FROM DBA_OB_TENANTS WHERE tenant_id IN (1002, 1004)", "m, s, a | 1004, 2, 1003.0000"),
            ("SELECT GROUP_CONCAT(tenant_id ORDER BY tenant_id DESC SEPARATOR '-') g FROM DBA_OB_TENANTS WHERE tenant_type = 'USER'", "g | 1006-1004-1002"),
            ("SELECT GROUP_CONCAT(DISTINCT compatibility_mode, ':') g FROM DBA_OB_TENANTS WHERE tenant_id = 1", "g | MYSQL:"),
            ("SELECT a.tenant_id, b.tenant_id AS meta FROM DBA_OB_TENANTS a JOIN DBA_OB_TENANTS b ON b.tenant_id = a.tenant_id - 1 WHERE a.tenant_type = 'USER' AND a.tenant_id < 1006", "tenant_id, meta | 1002, 1001 | 1004, 1003"),
            ("SELECT x.n FROM (SELECT tenant_name n FROM DBA_OB_TENANTS WHERE tenant_id = 1) x", "n | sys"),
            ("SELECT tenant_name FROM DBA_OB_TENANTS t WHERE EXISTS (SELECT 1 FROM DBA_OB_TENANTS u WHERE u.tenant_id = t.tenant_id + 2 AND u.tenant_type = 'USER') AND t.tenant_type = 'USER'", "tenant_name | mysql_tenant | mysql_tenant_2"),
            ("SELECT tenant_id FROM DBA_OB_TENANTS WHERE tenant_name IN ('SYS', 'x') UNION SELECT 5", "tenant_id | 1 | 5"),
            ("SELECT create_time FROM DBA_OB_TENANTS WHERE tenant_id = 1002", "create_time | 2026-01-01 08:00:00.000000"),
            ("SELECT create_time < NOW() - INTERVAL 1 SECOND old, create_time <= NOW(6) not_new FROM DBA_OB_TENANTS WHERE tenant_id = 1002", "old, not_new | 0, 1"),
            ("SELECT create_time = '2026-01-01 08:00:00' a, create_time > '2026-01-01' b, MAX(create_time) c FROM DBA_OB_TENANTS", "a, b, c | 1, 1, 2026-01-01 08:00:00.000000"),
            ("SELECT tenant_id FROM DBA_OB_TENANTS USE INDEX (x) WHERE tenant_id = 1 FOR UPDATE", "tenant_id | 1"),
            ("SELECT UPPER(tenant_name), tenant_id+1 FROM DBA_OB_TENANTS WHERE tenant_id = 1", "UPPER(tenant_name), tenant_id+1 | SYS, 2"),
            ("SELECT COUNT(*) FROM CDB_OB_BACKUP_PARAMETER", "COUNT(*) | 0"),
            ("SELECT * FROM CDB_OB_ARCHIVE_DEST WHERE 1 = 0", "TENANT_ID, DEST_NO, NAME, VALUE"),
            ("SHOW TABLES LIKE 'cdb\\_ob\\_archive\\_dest'", "Tables_in_oceanbase | CDB_OB_ARCHIVE_DEST"),
            ("SHOW TABLES FROM oceanbase WHERE Tables_in_oceanbase = 'DBA_OB_TENANTS'", "Tables_in_oceanbase | DBA_OB_TENANTS"),
            ("SHOW FULL TABLES LIKE 'DBA\\_OB\\_TENANTS'", "Tables_in_oceanbase, Table_type | DBA_OB_TENANTS, SYSTEM VIEW"),
            ("SHOW DATABASES LIKE 'o%'", "Database | oceanbase"),
            ("SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE 'o%'", "schema_name | oceanbase"),
            ("SELECT table_name FROM information_schema.tables WHERE table_name = 'dba_ob_tenants'", "table_name | DBA_OB_TENANTS"),
            ("SELECT column_name FROM information_schema.columns WHERE table_name = 'CDB_OB_ARCHIVE_DEST' AND ordinal_position = 2", "column_name | DEST_NO"),
            ("DESC CDB_OB_ARCHIVE_DEST", "Field, Type, Null, Key, Default, Extra | TENANT_ID, bigint(20), NO, , NULL,  | DEST_NO, bigint(20), NO, , NULL,  | NAME, varchar(4096), NO, , NULL,  | VALUE, varchar(4096), NO, , NULL, "),
            ("SHOW WARNINGS", "Level, Code, Message"),
            ("SHOW ENGINES", "Engine, Support, Comment | OceanBase, DEFAULT, Supports transactions"),
            ("SHOW COLLATION LIKE '%bin'", "Collation, Charset, Id, Default, Compiled, Sortlen | utf8mb4_bin, utf8mb4, 46, , Yes, 1"),
        ],
    )
    .await;
}

#[tokio::test]
async fn mistakes_have_the_numbers_of_mysql() {
    let near = "You have an error in your SQL syntax; check the manual that corresponds to your OceanBase version for the right syntax to use near";
    check(
        &Fixture::new(),
        &[
            (
                "SELECT * FROM oceanbase.nothing",
                "ERROR 1146 (42S02): Table 'oceanbase.nothing' doesn't exist",
            ),
            (
                "SELECT * FROM nothing",
                "ERROR 1146 (42S02): Table 'oceanbase.nothing' doesn't exist",
            ),
            (
                "SELECT * FROM nowhere.nothing",
                "ERROR 1049 (42000): Unknown database 'nowhere'",
            ),
            (
                "DESC nothing",
                "ERROR 1146 (42S02): Table 'oceanbase.nothing' doesn't exist",
            ),
            ("USE nowhere", "ERROR 1049 (42000): Unknown database 'nowhere'"),
            (
                "SELECT nothing FROM DBA_OB_TENANTS",
                "ERROR 1054 (42S22): Unknown column 'nothing' in 'field list'",
            ),
            (
                "SELECT 1 FROM DBA_OB_TENANTS WHERE nothing = 1",
                "ERROR 1054 (42S22): Unknown column 'nothing' in 'where clause'",
            ),
            (
                "SELECT 1 FROM DBA_OB_TENANTS t ORDER BY t.nothing",
                "ERROR 1054 (42S22): Unknown column 't.nothing' in 'order clause'",
            ),
            (
                "SELECT tenant_id FROM DBA_OB_TENANTS a, DBA_OB_TENANTS b",
                "ERROR 1052 (23000): Column 'tenant_id' in field list is ambiguous",
            ),
            (
                "SELECT 1 UNION SELECT 1, 2",
                "ERROR 1222 (21000): The used SELECT statements have a different number of columns",
            ),
            (
                "SELECT 1 FROM DBA_OB_TENANTS WHERE COUNT(*) > 1",
                "ERROR 1111 (HY000): Invalid use of group function",
            ),
            (
                "SELECT (SELECT 1, 2)",
                "ERROR 1241 (21000): Operand should contain 1 column(s)",
            ),
            (
                "SELECT 1 ORDER BY 7",
                "ERROR 1054 (42S22): Unknown column '7' in 'order clause'",
            ),
            (
                "SELECT LEFT('a')",
                "ERROR 1582 (42000): Incorrect parameter count in the call to native function 'LEFT'",
            ),
            ("SELEC 1", &format!("ERROR 1064 (42000): {near} 'SELEC 1' at line 1")),
            (
                "SELECT (1\n FROM x",
                &format!("ERROR 1064 (42000): {near} 'FROM x' at line 2"),
            ),
            ("SELECT 'a", &format!("ERROR 1064 (42000): {near} ''a' at line 1")),
            ("SELECT 1 1", &format!("ERROR 1064 (42000): {near} '1' at line 1")),
            ("SELECT ?", &format!("ERROR 1064 (42000): {near} '?' at line 1")),
            ("", "ERROR 1065 (42000): Query was empty"),
            (" ; ", "ERROR 1065 (42000): Query was empty"),
        ],
    )
    .await;
}

#[tokio::test]
async fn what_the_simulator_cannot_do_it_says_is_its_own_limit() {
    let fixture = Fixture::new();
    let mut connection = fixture.sys().await;
    for sql in [
        "SELECT UUID_SHORT()",
        "SELECT 1 INTO t",
        "SELECT tenant_id FROM DBA_OB_TENANTS GROUP BY tenant_id WITH ROLLUP",
        "SELECT COUNT(DISTINCT tenant_id, tenant_name) FROM DBA_OB_TENANTS",
        "INSERT INTO t VALUES (1)",
        "EXPLAIN SELECT 1",
        "SHOW INDEX FROM t",
        "SELECT @a := 1",
        "SELECT * FROM JSON_TABLE('[]', '$' COLUMNS (a INT PATH '$')) t",
        &format!("SELECT 1{}", "+1".repeat(2_000)),
    ] {
        let answer = ask(&mut connection, sql).await;
        assert!(
            answer.starts_with("ERROR 1235 (0A000): oceanbase-simulator:"),
            "{sql}: {answer}"
        );
    }
}

#[tokio::test]
async fn a_query_that_runs_for_ever_meets_its_timeout() {
    check(
        &Fixture::new(),
        &[
            ("SET ob_query_timeout = 50000", ""),
            (
                "WITH RECURSIVE x AS (SELECT 1 a UNION ALL SELECT a + 1 FROM x) SELECT COUNT(*) FROM x",
                "ERROR 4012 (HY000): Timeout, query has reached the maximum query timeout: 50000(us), maybe you can adjust the session variable ob_query_timeout or query_timeout hint, and try again.",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_database_must_be_chosen_for_a_bare_name() {
    let fixture = Fixture::new();
    let mut connection = fixture.connect(fixture.login("root")).await.unwrap();
    let sql = "SELECT tenant_id FROM DBA_OB_TENANTS WHERE tenant_id = 1";
    assert_eq!(
        ask(&mut connection, sql).await,
        "ERROR 1046 (3D000): No database selected"
    );
    assert_eq!(
        ask(&mut connection, "SHOW TABLES").await,
        "ERROR 1046 (3D000): No database selected"
    );
    assert_eq!(ask(&mut connection, "USE oceanbase").await, "");
    assert_eq!(ask(&mut connection, sql).await, "tenant_id | 1");
}

#[tokio::test]
async fn the_queries_of_an_operator_on_call() {
    let fixture = Fixture::new();
    let cluster = fixture.server.cluster();
    let mut connection = fixture.sys().await;
    for sql in [
        "ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=file:///archive' TENANT = mysql_tenant",
        "ALTER SYSTEM ARCHIVELOG TENANT = mysql_tenant",
    ] {
        assert_eq!(ask(&mut connection, sql).await, "");
    }
    cluster.lock().unwrap().advance(Duration::from_secs(60));
    cluster
        .lock()
        .unwrap()
        .start_backup_job("mysql_tenant", Duration::from_secs(600))
        .unwrap();
    cluster.lock().unwrap().advance(Duration::from_secs(90));
    check(
        &fixture,
        &[
            (
                "SELECT TENANT_ID, STATUS, (time_to_usec(NOW(6)) - CHECKPOINT_SCN/1000)/1e6 AS sec FROM oceanbase.CDB_OB_ARCHIVELOG",
                "TENANT_ID, STATUS, sec | 1002, DOING, 1.0000",
            ),
            (
                "SELECT TENANT_ID, TIMESTAMPDIFF(SECOND, START_TIMESTAMP, NOW(6)) AS sec FROM oceanbase.CDB_OB_BACKUP_JOBS WHERE STATUS NOT IN ('COMPLETED','FAILED','CANCELED') AND BACKUP_TYPE IN ('FULL','INC') AND TENANT_ID <> 1",
                "TENANT_ID, sec | 1002, 90",
            ),
            (
                "SELECT COALESCE(MAX(JOB_ID),0) m FROM (SELECT JOB_ID FROM oceanbase.DBA_OB_BACKUP_JOBS UNION ALL SELECT JOB_ID FROM oceanbase.DBA_OB_BACKUP_JOBS) t",
                "m | 0",
            ),
            (
                "SELECT t.TENANT_NAME, d.VALUE FROM oceanbase.DBA_OB_TENANTS t LEFT JOIN oceanbase.CDB_OB_ARCHIVE_DEST d ON d.TENANT_ID = t.TENANT_ID AND d.NAME = 'PATH' WHERE t.TENANT_TYPE = 'USER' ORDER BY t.TENANT_ID",
                "TENANT_NAME, VALUE | mysql_tenant, file:///archive | mysql_tenant_2, NULL | oracle_tenant, NULL",
            ),
            (
                "SELECT TENANT_ID, TIMESTAMPDIFF(SECOND, MAX(START_TIMESTAMP), NOW(6))/86400 FROM CDB_OB_BACKUP_JOBS GROUP BY TENANT_ID HAVING COUNT(*) = 1",
                "TENANT_ID, TIMESTAMPDIFF(SECOND, MAX(START_TIMESTAMP), NOW(6))/86400 | 1002, 0.0010",
            ),
            (
                "SELECT DISTINCT value FROM GV$OB_PARAMETERS WHERE name = 'min_observer_version'",
                "value | 4.2.1.0",
            ),
            (
                "SELECT p.nAme, `scope` FROM GV$OB_PARAMETERS p WHERE NAME = 'zone'",
                "nAme, scope | zone, CLUSTER",
            ),
            ("SHOW PARAMETERS WHERE name = 'nothing'", "zone, svr_type, svr_ip, svr_port, name, data_type, value, info, section, scope, source, edit_level, default_value, isdefault"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_user_tenant_sees_its_own_views_only() {
    let fixture = Fixture::new();
    let options = fixture.login("root@mysql_tenant_2").db_name(Some("oceanbase"));
    let mut connection = fixture.connect(options).await.unwrap();
    assert_eq!(
        ask(&mut connection, "SELECT TENANT_NAME FROM DBA_OB_TENANTS").await,
        "TENANT_NAME | mysql_tenant_2"
    );
    assert_eq!(
        ask(&mut connection, "SELECT * FROM CDB_OB_ARCHIVE_DEST").await,
        "ERROR 1146 (42S02): Table 'oceanbase.cdb_ob_archive_dest' doesn't exist"
    );
}

#[tokio::test]
async fn global_variables_belong_to_the_tenant() {
    let fixture = Fixture::new();
    let mut sys = fixture.sys().await;
    assert_eq!(ask(&mut sys, "SET GLOBAL ob_query_timeout = 5").await, "");
    assert_eq!(ask(&mut sys, "SELECT @@ob_query_timeout t").await, "t | 10000000");
    let mut later = fixture.sys().await;
    assert_eq!(ask(&mut later, "SELECT @@ob_query_timeout t").await, "t | 5");
    let mut other = fixture.connect(fixture.login("root@mysql_tenant_2")).await.unwrap();
    assert_eq!(ask(&mut other, "SELECT @@ob_query_timeout t").await, "t | 10000000");
}

#[tokio::test]
async fn parameters_are_shown_where_any_condition_holds() {
    let fixture = Fixture::new();
    let mut connection = fixture.sys().await;
    for (condition, expected) in [
        (
            "name = 'cluster' OR name LIKE 'ha_low%'",
            "cluster=obcluster ha_low_thread_score=0",
        ),
        (
            "name IN ('cluster', 'zone') AND NOT (value <> 'obcluster')",
            "cluster=obcluster",
        ),
        (
            "scope != 'TENANT' AND name NOT LIKE '%\\_%' TENANT sys",
            "cluster=obcluster zone=zone1",
        ),
        ("svr_port > 2881 AND upper(name) = 'ZONE'", "zone=zone1"),
        ("name RLIKE '^zo' AND value IS NOT NULL", "zone=zone1"),
        ("name = 'compatible' TENANT = mysql_tenant;", "compatible=4.2.1.0"),
        ("name = 'tenant'", ""),
        (
            "colour = 'red'",
            "ERROR 1054 (42S22): Unknown column 'colour' in 'where clause'",
        ),
        (
            "name = 'zone' TENANT = nobody",
            "ERROR 5160 (HY000): invalid tenant name specified in connection string",
        ),
        (
            "",
            "ERROR 1064 (42000): You have an error in your SQL syntax; check the manual that corresponds to your \
             OceanBase version for the right syntax to use near 'WHERE' at line 1",
        ),
        (
            "name =",
            "ERROR 1064 (42000): You have an error in your SQL syntax; check the manual that corresponds to your \
             OceanBase version for the right syntax to use near '=' at line 1",
        ),
    ] {
        let sql = format!("SHOW PARAMETERS WHERE {condition}");
        let shown = match connection.query::<mysql_async::Row, _>(sql.as_str()).await {
            Ok(rows) => rows
                .iter()
                .map(|row| format!("{}={}", shown(&row["name"]), shown(&row["value"])))
                .collect::<Vec<_>>()
                .join(" "),
            Err(error) => text(error),
        };
        assert_eq!(shown, expected, "{condition}");
    }
}

#[tokio::test]
async fn a_statement_that_ends_too_early_has_its_last_word_quoted() {
    let fixture = Fixture::new();
    let mut connection = fixture.sys().await;
    for (sql, last) in [
        ("SHOW", "SHOW"),
        ("SELECT 1 FROM", "FROM"),
        ("SELECT 1 +\n", "+"),
        ("ALTER SYSTEM SET", "SET"),
        ("ALTER SYSTEM SET a =", "="),
        ("ALTER SYSTEM ARCHIVELOG TENANT", "TENANT"),
    ] {
        let answer = ask(&mut connection, sql).await;
        assert!(answer.ends_with(&format!("to use near '{last}' at line 1")), "{answer}");
    }
}

#[tokio::test]
async fn the_last_error_can_be_asked_for_again() {
    let fixture = Fixture::new();
    let mut connection = fixture.sys().await;
    assert_eq!(ask(&mut connection, "SHOW WARNINGS").await, "Level, Code, Message");
    ask(&mut connection, "ALTER SYSTEM ARCHIVELOG TENANT = nobody").await;
    for _ in 0..2 {
        assert_eq!(
            ask(&mut connection, "SHOW WARNINGS").await,
            "Level, Code, Message | Error, 5160, invalid tenant name specified in connection string"
        );
    }
    ask(&mut connection, "SELECT 1").await;
    assert_eq!(ask(&mut connection, "SHOW WARNINGS").await, "Level, Code, Message");
}

#[tokio::test]
async fn a_session_can_ask_whom_it_speaks_for() {
    let fixture = Fixture::new();
    let mut connection = fixture.connect(fixture.login("root@mysql_tenant_2")).await.unwrap();
    assert_eq!(
        ask(&mut connection, "SHOW TENANT").await,
        "Current_tenant_name | mysql_tenant_2"
    );
}

/// The answers of the kernel 4.3.5.3 to a user that was just created.
#[tokio::test]
async fn views_are_read_with_a_privilege_only() {
    let fixture = Fixture::new();
    let users = [("nobody", Privileges::None), ("reader", Privileges::Select)];
    for (name, privileges) in users {
        let cluster = fixture.server.cluster();
        let created = cluster.lock().unwrap().create_user("sys", name, "", privileges);
        created.unwrap();
    }
    let mut nobody = fixture.connect(fixture.login("nobody@sys")).await.unwrap();
    for (sql, expected) in [
        (
            "SELECT COUNT(*) c FROM oceanbase.DBA_OB_TENANTS",
            "ERROR 1142 (42000): SELECT command denied to user 'nobody'@'%' for table 'dba_ob_tenants'",
        ),
        ("SELECT no_column FROM oceanbase.DBA_OB_TENANTS", "ERROR 1054"),
        ("SELECT 1 FROM oceanbase.NOT_THERE", "ERROR 1146"),
        (
            "USE oceanbase",
            "ERROR 1044 (42000): Access denied for user 'nobody'@'%' to database 'oceanbase'",
        ),
        ("SELECT COUNT(*) > 0 some FROM information_schema.TABLES", "some | 1"),
        ("SELECT 1 one", "one | 1"),
    ] {
        let answer = ask(&mut nobody, sql).await;
        assert!(answer.starts_with(expected), "{sql}: {answer}");
    }
    let shown: Vec<mysql_async::Row> = nobody.query("SHOW PARAMETERS LIKE 'cluster'").await.unwrap();
    assert_eq!(shown.len(), 1);
    let login = fixture.login("nobody@sys").db_name(Some("oceanbase"));
    let refused = fixture.connect(login).await.unwrap_err();
    assert!(refused.starts_with("ERROR 1044"), "{refused}");

    let mut reader = fixture.connect(fixture.login("reader@sys")).await.unwrap();
    let tenants = ask(&mut reader, "SELECT COUNT(*) > 0 some FROM oceanbase.DBA_OB_TENANTS").await;
    assert_eq!(tenants, "some | 1");
}
