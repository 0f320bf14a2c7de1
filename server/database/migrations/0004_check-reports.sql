CREATE TABLE `check_reports` (
	`id` text PRIMARY KEY NOT NULL,
	`cluster` text NOT NULL,
	`installation` text NOT NULL,
	`mesh` text NOT NULL,
	`trigger` text NOT NULL,
	`findings` text NOT NULL,
	`certificates` text NOT NULL,
	`simulated` integer NOT NULL,
	`started_at` integer NOT NULL,
	`ended_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `check_reports_installation` ON `check_reports` (`installation`,`id`);