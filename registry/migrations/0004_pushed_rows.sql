CREATE TABLE `outbox` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`source` text NOT NULL,
	`rows` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `pushed_rows` (
	`view` text NOT NULL,
	`key` text NOT NULL,
	`payload` text NOT NULL,
	`newest` integer NOT NULL,
	PRIMARY KEY(`view`, `key`)
) WITHOUT ROWID;
