// Every register that the board uses: address, where it is described, and behind it the bits and fields that
// are used. Sections are those of RM0433 rev 7; of the Armv7-M Architecture Reference Manual (DDI 0403E) for
// the core's own at 0xE0000000. Bits have the names of ST's and Arm's CMSIS headers, those of instances that
// are alike without a number (I2C_CR1_PE).
// tests/virtual_board/test_board_registers.py checks each address against ST's SVD, and
// tests/silicon/test_masks.py each bit against those headers.
#pragma once

#include "board/stm32h743/register.h"

namespace emojicam::board {

// Power
inline constexpr Register PWR_CSR1{0x58024804};  // 6.8.2
inline constexpr uint32_t PWR_CSR1_ACTVOSRDY = Bit(13);
inline constexpr Register PWR_CR3{0x5802480C};  // 6.8.4
inline constexpr uint32_t PWR_CR3_BYPASS = Bit(0), PWR_CR3_LDOEN = Bit(1), PWR_CR3_USB33DEN = Bit(24),
                          PWR_CR3_USB33RDY = Bit(26);
inline constexpr Register PWR_D3CR{0x58024818};  // 6.8.6
inline constexpr uint32_t PWR_D3CR_VOSRDY = Bit(13);
inline constexpr Field PWR_D3CR_VOS{15, 14};

// Reset and clocks
inline constexpr Register RCC_CR{0x58024400};  // 8.7.2
inline constexpr uint32_t RCC_CR_HSION = Bit(0), RCC_CR_HSIRDY = Bit(2), RCC_CR_CSION = Bit(7),
                          RCC_CR_HSI48ON = Bit(12), RCC_CR_HSEON = Bit(16), RCC_CR_HSERDY = Bit(17),
                          RCC_CR_HSEBYP = Bit(18), RCC_CR_PLL1ON = Bit(24), RCC_CR_PLL1RDY = Bit(25),
                          RCC_CR_PLL2ON = Bit(26), RCC_CR_PLL2RDY = Bit(27), RCC_CR_PLL3ON = Bit(28),
                          RCC_CR_PLL3RDY = Bit(29);
inline constexpr Register RCC_CFGR{0x58024410};  // 8.7.6
inline constexpr Field RCC_CFGR_SW{2, 0}, RCC_CFGR_SWS{5, 3};
inline constexpr Register RCC_D1CFGR{0x58024418};  // 8.7.7
inline constexpr Field RCC_D1CFGR_HPRE{3, 0}, RCC_D1CFGR_D1PPRE{6, 4}, RCC_D1CFGR_D1CPRE{11, 8};
inline constexpr Register RCC_D2CFGR{0x5802441C};  // 8.7.8
inline constexpr Field RCC_D2CFGR_D2PPRE1{6, 4}, RCC_D2CFGR_D2PPRE2{10, 8};
inline constexpr Register RCC_D3CFGR{0x58024420};  // 8.7.9
inline constexpr Field RCC_D3CFGR_D3PPRE{6, 4};
inline constexpr Register RCC_PLLCKSELR{0x58024428};  // 8.7.10
inline constexpr Field RCC_PLLCKSELR_PLLSRC{1, 0}, RCC_PLLCKSELR_DIVM1{9, 4}, RCC_PLLCKSELR_DIVM3{25, 20};
inline constexpr Register RCC_PLLCFGR{0x5802442C};  // 8.7.11
inline constexpr uint32_t RCC_PLLCFGR_PLL1FRACEN = Bit(0), RCC_PLLCFGR_PLL1VCOSEL = Bit(1),
                          RCC_PLLCFGR_PLL3FRACEN = Bit(8), RCC_PLLCFGR_PLL3VCOSEL = Bit(9),
                          RCC_PLLCFGR_DIVP1EN = Bit(16), RCC_PLLCFGR_DIVQ3EN = Bit(23),
                          RCC_PLLCFGR_DIVR3EN = Bit(24);
inline constexpr Field RCC_PLLCFGR_PLL1RGE{3, 2}, RCC_PLLCFGR_PLL3RGE{11, 10};
inline constexpr Register RCC_PLL1DIVR{0x58024430};  // 8.7.12
inline constexpr Field RCC_PLL1DIVR_N1{8, 0}, RCC_PLL1DIVR_P1{15, 9}, RCC_PLL1DIVR_Q1{22, 16},
    RCC_PLL1DIVR_R1{30, 24};
inline constexpr Register RCC_PLL3DIVR{0x58024440};  // 8.7.16
inline constexpr Field RCC_PLL3DIVR_N3{8, 0}, RCC_PLL3DIVR_P3{15, 9}, RCC_PLL3DIVR_Q3{22, 16},
    RCC_PLL3DIVR_R3{30, 24};
inline constexpr Register RCC_D2CCIP2R{0x58024454};  // 8.7.20
inline constexpr Field RCC_D2CCIP2R_I2C123SEL{13, 12}, RCC_D2CCIP2R_USBSEL{21, 20};
inline constexpr Register RCC_RSR{0x580244D0};  // 8.7.39
inline constexpr uint32_t RCC_RSR_RMVF = Bit(16), RCC_RSR_BORRSTF = Bit(21), RCC_RSR_PINRSTF = Bit(22),
                          RCC_RSR_PORRSTF = Bit(23), RCC_RSR_SFTRSTF = Bit(24), RCC_RSR_IWDG1RSTF = Bit(26),
                          RCC_RSR_WWDG1RSTF = Bit(28);
inline constexpr Register RCC_AHB1RSTR{0x58024480};  // 8.7.29
inline constexpr uint32_t RCC_AHB1RSTR_USB2OTGFSRST = Bit(27);
inline constexpr Register RCC_AHB2RSTR{0x58024484};  // 8.7.30
inline constexpr uint32_t RCC_AHB2RSTR_DCMIRST = Bit(0);
inline constexpr Register RCC_APB1LRSTR{0x58024490};  // 8.7.33
inline constexpr uint32_t RCC_APB1LRSTR_I2C1RST = Bit(21);
inline constexpr Register RCC_AHB1ENR{0x580244D8};  // 8.7.41
inline constexpr uint32_t RCC_AHB1ENR_DMA2EN = Bit(1), RCC_AHB1ENR_USB2OTGFSEN = Bit(27);
inline constexpr Register RCC_AHB2ENR{0x580244DC};  // 8.7.42
inline constexpr uint32_t RCC_AHB2ENR_DCMIEN = Bit(0), RCC_AHB2ENR_SRAM1EN = Bit(29),
                          RCC_AHB2ENR_SRAM2EN = Bit(30);
inline constexpr Register RCC_AHB4ENR{0x580244E0};  // 8.7.43
inline constexpr uint32_t RCC_AHB4ENR_GPIOAEN = Bit(0), RCC_AHB4ENR_GPIOBEN = Bit(1),
                          RCC_AHB4ENR_GPIOCEN = Bit(2), RCC_AHB4ENR_GPIODEN = Bit(3),
                          RCC_AHB4ENR_GPIOEEN = Bit(4);
inline constexpr Register RCC_APB1LENR{0x580244E8};  // 8.7.45
inline constexpr uint32_t RCC_APB1LENR_I2C1EN = Bit(21);
inline constexpr Register RCC_APB2ENR{0x580244F0};  // 8.7.47
inline constexpr uint32_t RCC_APB2ENR_TIM1EN = Bit(0);
inline constexpr Register RCC_APB4ENR{0x580244F4};  // 8.7.48
inline constexpr uint32_t RCC_APB4ENR_SYSCFGEN = Bit(1);
inline constexpr Register RCC_AHB1LPENR{0x58024500};  // 8.7.50
inline constexpr uint32_t RCC_AHB1LPENR_USB2OTGFSULPILPEN = Bit(28);
inline constexpr Register SYSCFG_PWRCR{0x5800042C};  // 12.3.9
inline constexpr uint32_t SYSCFG_PWRCR_ODEN = Bit(0);

// Flash; the second bank's registers lie 0x100 behind the first's
inline constexpr Register FLASH_ACR{0x52002000};  // 4.9.1
inline constexpr Field FLASH_ACR_LATENCY{3, 0}, FLASH_ACR_WRHIGHFREQ{5, 4};
inline constexpr Register FLASH_KEYR2{0x52002104};  // 4.9.2
inline constexpr Register FLASH_CR2{0x5200210C};    // 4.9.4
inline constexpr uint32_t FLASH_CR_LOCK = Bit(0), FLASH_CR_PG = Bit(1), FLASH_CR_SER = Bit(2),
                          FLASH_CR_START = Bit(7);
inline constexpr Field FLASH_CR_PSIZE{5, 4}, FLASH_CR_SNB{10, 8};
inline constexpr Register FLASH_SR2{0x52002110};  // 4.9.5
inline constexpr uint32_t FLASH_SR_BSY = Bit(0), FLASH_SR_WBNE = Bit(1), FLASH_SR_QW = Bit(2),
                          FLASH_SR_EOP = Bit(16), FLASH_SR_WRPERR = Bit(17), FLASH_SR_PGSERR = Bit(18),
                          FLASH_SR_STRBERR = Bit(19), FLASH_SR_INCERR = Bit(21), FLASH_SR_OPERR = Bit(22),
                          FLASH_SR_RDPERR = Bit(23), FLASH_SR_RDSERR = Bit(24), FLASH_SR_SNECCERR = Bit(25),
                          FLASH_SR_DBECCERR = Bit(26);
inline constexpr Register FLASH_CCR2{0x52002114};  // 4.9.6

// Ports A to E, 0x400 apart
inline constexpr Register GPIOA_MODER{0x58020000};    // 11.4.1
inline constexpr Register GPIOA_OTYPER{0x58020004};   // 11.4.2
inline constexpr Register GPIOA_OSPEEDR{0x58020008};  // 11.4.3
inline constexpr Register GPIOA_PUPDR{0x5802000C};    // 11.4.4
inline constexpr Register GPIOA_IDR{0x58020010};      // 11.4.5
inline constexpr Register GPIOA_BSRR{0x58020018};     // 11.4.7
inline constexpr Register GPIOA_AFRL{0x58020020};     // 11.4.9

// I2C1
inline constexpr Register I2C1_CR1{0x40005400};  // 47.7.1
inline constexpr uint32_t I2C_CR1_PE = Bit(0);
inline constexpr Register I2C1_CR2{0x40005404};  // 47.7.2
inline constexpr uint32_t I2C_CR2_RD_WRN = Bit(10), I2C_CR2_START = Bit(13), I2C_CR2_AUTOEND = Bit(25);
inline constexpr Field I2C_CR2_SADD{9, 0}, I2C_CR2_NBYTES{23, 16};
inline constexpr Register I2C1_TIMINGR{0x40005410};  // 47.7.5
inline constexpr Field I2C_TIMINGR_SCLL{7, 0}, I2C_TIMINGR_SCLH{15, 8}, I2C_TIMINGR_SDADEL{19, 16},
    I2C_TIMINGR_SCLDEL{23, 20}, I2C_TIMINGR_PRESC{31, 28};
inline constexpr Register I2C1_ISR{0x40005418};  // 47.7.7
inline constexpr uint32_t I2C_ISR_TXIS = Bit(1), I2C_ISR_RXNE = Bit(2), I2C_ISR_NACKF = Bit(4),
                          I2C_ISR_STOPF = Bit(5), I2C_ISR_TC = Bit(6), I2C_ISR_BERR = Bit(8),
                          I2C_ISR_ARLO = Bit(9), I2C_ISR_BUSY = Bit(15);
inline constexpr Register I2C1_ICR{0x4000541C};  // 47.7.8
inline constexpr uint32_t I2C_ICR_NACKCF = Bit(4), I2C_ICR_STOPCF = Bit(5), I2C_ICR_BERRCF = Bit(8),
                          I2C_ICR_ARLOCF = Bit(9);
inline constexpr Register I2C1_RXDR{0x40005424};  // 47.7.10
inline constexpr Register I2C1_TXDR{0x40005428};  // 47.7.11

// TIM1, channel 1: the sensor's clock
inline constexpr Register TIM1_CR1{0x40010000};  // 38.4.1
inline constexpr uint32_t TIM_CR1_CEN = Bit(0), TIM_CR1_ARPE = Bit(7);
inline constexpr Register TIM1_EGR{0x40010014};  // 38.4.6
inline constexpr uint32_t TIM_EGR_UG = Bit(0);
inline constexpr Register TIM1_CCMR1{0x40010018};  // 38.4.7
inline constexpr uint32_t TIM_CCMR1_OC1PE = Bit(3), TIM_CCMR1_OC1M_1 = Bit(5), TIM_CCMR1_OC1M_2 = Bit(6);
inline constexpr Register TIM1_CCER{0x40010020};  // 38.4.9
inline constexpr uint32_t TIM_CCER_CC1E = Bit(0);
inline constexpr Register TIM1_PSC{0x40010028};   // 38.4.11
inline constexpr Register TIM1_ARR{0x4001002C};   // 38.4.12
inline constexpr Register TIM1_CCR1{0x40010034};  // 38.4.14
inline constexpr Register TIM1_BDTR{0x40010044};  // 38.4.18
inline constexpr uint32_t TIM_BDTR_MOE = Bit(15);

// DCMI
inline constexpr Register DCMI_CR{0x48020000};  // 33.5.1
inline constexpr uint32_t DCMI_CR_CAPTURE = Bit(0), DCMI_CR_CM = Bit(1), DCMI_CR_PCKPOL = Bit(5),
                          DCMI_CR_HSPOL = Bit(6), DCMI_CR_VSPOL = Bit(7), DCMI_CR_ENABLE = Bit(14);
inline constexpr Field DCMI_CR_BSM{17, 16};
inline constexpr Register DCMI_RIS{0x48020008};  // 33.5.3
inline constexpr uint32_t DCMI_RIS_FRAME_RIS = Bit(0), DCMI_RIS_OVR_RIS = Bit(1);
inline constexpr Register DCMI_IER{0x4802000C};  // 33.5.4
inline constexpr uint32_t DCMI_IER_FRAME_IE = Bit(0), DCMI_IER_OVR_IE = Bit(1);
inline constexpr Register DCMI_ICR{0x48020014};  // 33.5.6
inline constexpr uint32_t DCMI_ICR_FRAME_ISC = Bit(0), DCMI_ICR_OVR_ISC = Bit(1), DCMI_ICR_ERR_ISC = Bit(2),
                          DCMI_ICR_VSYNC_ISC = Bit(3), DCMI_ICR_LINE_ISC = Bit(4);
inline constexpr Register DCMI_DR{0x48020028};  // 33.5.11

// DMA2 stream 1, which is channel 9 of DMAMUX1
inline constexpr Register DMA2_LISR{0x40020400};  // 15.5.1: all streams 0 to 3
inline constexpr uint32_t DMA_LISR_TEIF1 = Bit(9), DMA_LISR_TCIF1 = Bit(11);
inline constexpr Register DMA2_LIFCR{0x40020408};  // 15.5.3
inline constexpr uint32_t DMA_LIFCR_CFEIF1 = Bit(6), DMA_LIFCR_CDMEIF1 = Bit(8), DMA_LIFCR_CTEIF1 = Bit(9),
                          DMA_LIFCR_CHTIF1 = Bit(10), DMA_LIFCR_CTCIF1 = Bit(11);
inline constexpr Register DMA2_S1CR{0x40020428};  // 15.5.5
inline constexpr uint32_t DMA_SxCR_EN = Bit(0), DMA_SxCR_TEIE = Bit(2), DMA_SxCR_MINC = Bit(10);
inline constexpr Field DMA_SxCR_PSIZE{12, 11}, DMA_SxCR_MSIZE{14, 13}, DMA_SxCR_PL{17, 16};
inline constexpr Register DMA2_S1NDTR{0x4002042C};  // 15.5.6
inline constexpr Register DMA2_S1PAR{0x40020430};   // 15.5.7
inline constexpr Register DMA2_S1M0AR{0x40020434};  // 15.5.8
inline constexpr Register DMA2_S1FCR{0x4002043C};   // 15.5.10
inline constexpr uint32_t DMA_SxFCR_DMDIS = Bit(2);
inline constexpr Field DMA_SxFCR_FTH{1, 0};
inline constexpr Register DMAMUX1_C9CR{0x40020824};  // 17.6.1: DMAREQ_ID 6:0

// Independent watchdog
inline constexpr Register IWDG1_KR{0x58004800};   // 44.4.1
inline constexpr Register IWDG1_PR{0x58004804};   // 44.4.2
inline constexpr Register IWDG1_RLR{0x58004808};  // 44.4.3
inline constexpr Register IWDG1_SR{0x5800480C};   // 44.4.4
inline constexpr uint32_t IWDG_SR_PVU = Bit(0), IWDG_SR_RVU = Bit(1);
inline constexpr Register DBGMCU_IDC{0x5C001000};  // 60.5.8
inline constexpr Field DBGMCU_IDCODE_REV_ID{31, 16};
inline constexpr Register DBGMCU_APB4FZ1{0x5C001054};  // 60.5.8: what stops while the core is halted
inline constexpr uint32_t DBGMCU_APB4FZ1_DBG_IWDG1 = Bit(18);

// The AXI interconnect's port of the AXI SRAM
inline constexpr Register AXI_TARG7_FN_MOD{0x51008108};  // 2.2.4
inline constexpr uint32_t AXI_TARG7_FN_MOD_READ_ISS_OVERRIDE = Bit(0);

// USB OTG: only what ends a transfer that TinyUSB's driver has left
inline constexpr Register OTG_FS_GRSTCTL{0x40080010};  // 57.14.5
inline constexpr uint32_t USB_OTG_GRSTCTL_TXFFLSH = Bit(5);
inline constexpr Field USB_OTG_GRSTCTL_TXFNUM{10, 6};
inline constexpr Register OTG_FS_DIEPEMPMSK{0x40080834};  // 57.14.44
inline constexpr Register OTG_FS_DIEPCTL0{0x40080900};    // 57.14.48: 0x20 an endpoint
inline constexpr uint32_t USB_OTG_DIEPCTL_SNAK = Bit(27), USB_OTG_DIEPCTL_EPDIS = Bit(30),
                          USB_OTG_DIEPCTL_EPENA = Bit(31);
inline constexpr Register OTG_FS_DIEPINT0{0x40080908};  // 57.14.49
inline constexpr uint32_t USB_OTG_DIEPINT_EPDISD = Bit(1), USB_OTG_DIEPINT_INEPNE = Bit(6);

// The core
inline constexpr Register SYST_CSR{0xE000E010};  // B3.3.3
inline constexpr uint32_t SYST_CSR_ENABLE = Bit(0), SYST_CSR_TICKINT = Bit(1), SYST_CSR_CLKSOURCE = Bit(2);
inline constexpr Register SYST_RVR{0xE000E014};    // B3.3.4
inline constexpr Register SYST_CVR{0xE000E018};    // B3.3.5
inline constexpr Register NVIC_ISER0{0xE000E100};  // B3.4.4
inline constexpr Register NVIC_ICER0{0xE000E180};  // B3.4.5
inline constexpr Register NVIC_ICPR0{0xE000E280};  // B3.4.7
inline constexpr Register NVIC_IPR0{0xE000E400};   // B3.4.9
inline constexpr Register SCB_ICSR{0xE000ED04};    // B3.2.4
inline constexpr uint32_t SCB_ICSR_PENDSTCLR = Bit(25), SCB_ICSR_PENDSTSET = Bit(26);
inline constexpr Register SCB_VTOR{0xE000ED08};   // B3.2.5
inline constexpr Register SCB_AIRCR{0xE000ED0C};  // B3.2.6
inline constexpr uint32_t SCB_AIRCR_SYSRESETREQ = Bit(2);
inline constexpr Field SCB_AIRCR_VECTKEY{31, 16};
inline constexpr Register SCB_CCR{0xE000ED14};  // B3.2.8
inline constexpr uint32_t SCB_CCR_BFHFNMIGN = Bit(8), SCB_CCR_DC = Bit(16), SCB_CCR_IC = Bit(17);
inline constexpr Register SCB_SHPR3{0xE000ED20};  // B3.2.12
inline constexpr Field SCB_SHPR3_PRI_15{31, 24};
inline constexpr Register SCB_SHCSR{0xE000ED24};  // B3.2.13
inline constexpr uint32_t SCB_SHCSR_MEMFAULTENA = Bit(16), SCB_SHCSR_BUSFAULTENA = Bit(17),
                          SCB_SHCSR_USGFAULTENA = Bit(18);
inline constexpr Register SCB_CFSR{0xE000ED28};  // B3.2.15
inline constexpr uint32_t SCB_CFSR_PRECISERR = Bit(9);
inline constexpr Field SCB_CFSR_BUSFAULTSR{15, 8};
inline constexpr Register SCB_HFSR{0xE000ED2C};    // B3.2.16
inline constexpr Register SCB_MMFAR{0xE000ED34};   // B3.2.18
inline constexpr Register SCB_BFAR{0xE000ED38};    // B3.2.19
inline constexpr Register SCB_CCSIDR{0xE000ED80};  // B4.8.3
inline constexpr Field SCB_CCSIDR_ASSOCIATIVITY{12, 3}, SCB_CCSIDR_NUMSETS{27, 13};
inline constexpr Register SCB_CSSELR{0xE000ED84};  // B4.8.4
inline constexpr Register SCB_CPACR{0xE000ED88};   // B3.2.20
inline constexpr Field SCB_CPACR_CP10{21, 20}, SCB_CPACR_CP11{23, 22};
inline constexpr Register MPU_CTRL{0xE000ED94};  // B3.5.6
inline constexpr uint32_t MPU_CTRL_ENABLE = Bit(0), MPU_CTRL_PRIVDEFENA = Bit(2);
inline constexpr Register MPU_RNR{0xE000ED98};   // B3.5.7
inline constexpr Register MPU_RBAR{0xE000ED9C};  // B3.5.8
inline constexpr Register MPU_RASR{0xE000EDA0};  // B3.5.9
inline constexpr uint32_t MPU_RASR_ENABLE = Bit(0), MPU_RASR_B = Bit(16), MPU_RASR_S = Bit(18),
                          MPU_RASR_XN = Bit(28);
inline constexpr Field MPU_RASR_SIZE{5, 1}, MPU_RASR_SRD{15, 8}, MPU_RASR_TEX{21, 19}, MPU_RASR_AP{26, 24};
inline constexpr Register DEMCR{0xE000EDFC};  // C1.6.5
inline constexpr uint32_t DEMCR_TRCENA = Bit(24);
inline constexpr Register ICIALLU{0xE000EF50};  // B2.2.7
inline constexpr Register DCISW{0xE000EF60};    // B2.2.7
inline constexpr Field DCISW_SET{13, 5}, DCISW_WAY{31, 30};
inline constexpr Register DCCISW{0xE000EF74};    // B2.2.7
inline constexpr Register DWT_CTRL{0xE0001000};  // C1.8.7
inline constexpr uint32_t DWT_CTRL_CYCCNTENA = Bit(0);
inline constexpr Register DWT_CYCCNT{0xE0001004};  // C1.8.8
inline constexpr Register DWT_LAR{0xE0001FB0};     // lock access; CoreSight, as Cortex-M7 TRM 12.3

// Interrupt lines (RM0433 19.1.2, table 145)
inline constexpr uint32_t kDma2Stream1Irq = 57;
inline constexpr uint32_t kDcmiIrq = 78;
inline constexpr uint32_t kOtgFsIrq = 101;
inline constexpr uint32_t kIrqLines = 150;

// The 96-bit unique ID in system memory (61.1)
inline constexpr uint32_t kUniqueIdAddress = 0x1FF1E800;
inline constexpr uint32_t kUniqueIdBytes = 12;

}  // namespace emojicam::board
